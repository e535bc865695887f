import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  configAnswer,
  configuredAnswer,
  configVersionsAnswer,
  openSessionAnswer,
  type ConfiguredAnswer,
} from '@lapse/api';
import { expectAnswer, expectProblem, newWorld, type Answer, type World } from './world.js';

let world: World;
afterEach(() => world.close());

const config = '/v1/merchants/m1/config';
const configured = (answer: Answer): ConfiguredAnswer => expectAnswer(answer, 200, configuredAnswer);
const change = (buyerReplyMinutes: unknown): Promise<Answer> => world.put(config, { buyerReplyMinutes });
const openOne = async (): Promise<number | null> => {
  const answer = await world.post('/v1/sessions', { merchantId: 'm1', openedBy: 'buyer' });
  return expectAnswer(answer, 201, openSessionAnswer).config.buyerReplyMinutes;
};

describe('a merchant under the standard rules', () => {
  beforeEach(async () => {
    world = await newWorld();
  });

  it('keeps 300 for A, B and C when it switches to 50, and gives D 50', async () => {
    await change(300);
    const opened = [await openOne(), await openOne(), await openOne()];
    await change(50);
    expect([...opened, await openOne()]).toEqual([300, 300, 300, 50]);
  });
  it('is answered with the defaults before anybody configured it, and nothing is written by asking (D16)', async () => {
    const { current } = expectAnswer(await world.get(config), 200, configAnswer);
    expect(current).toMatchObject({ version: 1, policy: 'standard', buyerReplyMinutes: 20, merchantRevision: null });
    expect(await world.store.headPosition()).toBe('start');
  });
  it('writes one version for a change, with who changed it and why', async () => {
    const answer = configured(await change(50));
    expect(answer).toMatchObject({ changed: true, current: { version: 2, buyerReplyMinutes: 50, why: 'change' } });
    expect(answer.current.changedBy).toEqual({ role: 'platform', id: 'http' });
    expect(expectAnswer(await world.get(config), 200, configAnswer).current).toEqual(answer.current);
  });
  it('writes no version for the value that is in force (D12)', async () => {
    await change(50);
    expect(configured(await change(50))).toMatchObject({ changed: false, current: { version: 2 } });
  });
  it('takes 5 and 360', async () => {
    expect(configured(await change(5)).current.buyerReplyMinutes).toBe(5);
    expect(configured(await change(360)).current.buyerReplyMinutes).toBe(360);
  });
  it.each([4, 361, 20.5, '20', '', null, -1, 0, 1e9, true, [], {}, [20], { minutes: 20 }])(
    'refuses %j with the reason, and never clamps it (D13)',
    async (value) => {
      const refused = expectProblem(await change(value), 422, 'bad-value');
      expect(refused.detail).toContain('from 5 to 360');
      expect(await world.store.headPosition()).toBe('start');
    },
  );
  it('refuses a number that no whole number can be', async () => {
    const send = (text: string) =>
      world.ask({
        method: 'PUT',
        path: config,
        bytes: `{"buyerReplyMinutes":${text}}`,
        headers: { 'content-type': 'application/json' },
      });
    expectProblem(await send('1e400'), 422, 'bad-value');
    expectProblem(await send('20.000000000000004'), 422, 'bad-value');
    expectProblem(await send('NaN'), 400, 'bad-json');
    expect(configured(await send('20.0')).current.buyerReplyMinutes).toBe(20);
  });
  it('refuses a change without a value', async () => {
    expectProblem(await world.put(config, {}), 422, 'bad-value');
  });
  it.each([
    [{ agentReplyMinutes: 60 }],
    [{ queueMinutes: 60, buyerReplyMinutes: 50 }],
    [{ agentReplyMinutes: null, buyerReplyMinutes: 50 }],
    [{ queueMinutes: 1440, buyerReplyMinutes: 4 }],
  ])('refuses %j: the platform fixes it, whatever else is asked', async (body) => {
    expectProblem(await world.put(config, body), 422, 'fixed-by-platform');
    expect(await world.store.headPosition()).toBe('start');
  });
  it('tells an attempt at a fixed limit from a typing error', async () => {
    expectProblem(await world.put(config, { buyerReplyMinute: 50 }), 422, 'unknown-field');
  });
  it('goes back to an earlier version by writing a new one, and never to version 0 (D12)', async () => {
    await change(50);
    await change(300);
    const back = configured(await world.post(`${config}/revert`, { toVersion: 2 }));
    expect(back).toMatchObject({ changed: true, current: { version: 4, buyerReplyMinutes: 50, why: 'revert' } });
    expectProblem(await world.post(`${config}/revert`, { toVersion: 0 }), 422, 'no-such-version');
    expectProblem(await world.post(`${config}/revert`, { toVersion: 9 }), 422, 'no-such-version');
    expectProblem(await world.post(`${config}/revert`, { toVersion: '2' }), 422, 'bad-value');
  });
  it('lists its versions in pages', async () => {
    for (const minutes of [50, 60, 70]) await change(minutes);
    const first = expectAnswer(await world.get(`${config}/versions?limit=3`), 200, configVersionsAnswer);
    expect(first.versions.map((version) => version.buyerReplyMinutes)).toEqual([20, 50, 60]);
    const rest = await world.get(`${config}/versions?fromVersion=${first.nextVersion}`);
    expect(expectAnswer(rest, 200, configVersionsAnswer)).toMatchObject({
      versions: [{ version: 4, buyerReplyMinutes: 70 }],
      nextVersion: null,
    });
  });
});

describe('a merchant that is not rolled out yet (D16)', () => {
  beforeEach(async () => {
    world = await newWorld({ settings: { newMerchants: 'legacy' } });
  });

  it('is on version 0, and a change is refused', async () => {
    const { current } = expectAnswer(await world.get(config), 200, configAnswer);
    expect(current).toMatchObject({ version: 0, policy: 'legacy', agentReplyMinutes: 4320, queueMinutes: null });
    expectProblem(await change(50), 409, 'not-rolled-out');
    expectProblem(await world.post(`${config}/revert`, { toVersion: 0 }), 409, 'not-rolled-out');
  });
  it('is rolled out once, with its first limit or the default; a second time changes nothing', async () => {
    const first = configured(await world.post(`${config}/rollout`, { buyerReplyMinutes: 50 }));
    expect(first).toMatchObject({ changed: true, current: { version: 1, buyerReplyMinutes: 50, why: 'rollout' } });
    const second = configured(await world.post(`${config}/rollout`, { buyerReplyMinutes: 60 }));
    expect(second).toMatchObject({ changed: false, current: { version: 1, buyerReplyMinutes: 50 } });
  });
  it('takes a roll-out without a body', async () => {
    const answer = configured(await world.ask({ method: 'POST', path: `${config}/rollout` }));
    expect(answer).toMatchObject({ changed: true, current: { buyerReplyMinutes: 20 } });
  });
  it('refuses a roll-out with a limit that is not allowed', async () => {
    expectProblem(await world.post(`${config}/rollout`, { buyerReplyMinutes: 4 }), 422, 'bad-value');
  });
});
