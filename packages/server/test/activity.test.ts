import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  activityAnswer,
  appendedAnswer,
  configuredAnswer,
  merchantAnswer,
  merchantsAnswer,
  openSessionAnswer,
  type ActivityAnswer,
} from '@lapse/api';
import { newEngineWorld, type EngineWorld } from './engine-world.js';
import { agent, buyer, eventsPath, expectAnswer, expectProblem, HOUR_MS, MINUTE_MS, newWorld } from './world.js';

let world: EngineWorld;
/** Where the last thing written stands: every answer waits until it has seen that. */
let position: string;

const openOne = async (merchantId: string): Promise<string> => {
  const opened = expectAnswer(
    await world.post('/v1/sessions', { merchantId, openedBy: 'buyer' }),
    201,
    openSessionAnswer,
  );
  position = opened.position as string;
  return opened.sessionId;
};
const send = async (sessionId: string, event: object): Promise<void> => {
  position = expectAnswer(await world.post(eventsPath(sessionId), event), 201, appendedAnswer).position as string;
};
const activity = async (query = ''): Promise<ActivityAnswer> =>
  expectAnswer(await world.get(`/v1/activity?atLeast=${position}${query}`), 200, activityAnswer);

beforeEach(async () => {
  world = await newEngineWorld();
});
afterEach(async () => {
  expect(world.log).toEqual([]);
  await world.close();
});

describe('activity over HTTP', () => {
  it('counts each hour of a merchant, newest first, with percentiles in milliseconds', async () => {
    const session = await openOne('m1');
    await send(session, { type: 'queued' });
    await send(session, buyer());
    world.clock.nowMs += 90 * MINUTE_MS;
    await send(session, agent());
    await send(session, { type: 'closed', data: { reason: 'by-agent' } });
    const { merchantId, hours, next } = await activity('&merchantId=m1');
    expect({ merchantId, next }).toEqual({ merchantId: 'm1', next: null });
    expect(hours).toMatchObject([
      {
        startsAt: '2026-03-01T11:00:00.000Z',
        opened: 0,
        closedByReason: { 'by-agent': 1 },
        messages: { buyer: 0, agent: 1, automated: 0 },
        firstReply: { count: 1 },
        wait: { count: 1 },
        noticedAfter: { count: 0, p50Ms: null, p90Ms: null, p99Ms: null },
      },
      {
        startsAt: '2026-03-01T10:00:00.000Z',
        opened: 1,
        closedByReason: {},
        messages: { buyer: 1, agent: 0, automated: 0 },
        firstReply: { count: 0, p50Ms: null },
      },
    ]);
    const waited = hours[0]?.wait.p99Ms as number;
    expect(Math.abs(waited - 90 * MINUTE_MS)).toBeLessThanOrEqual(90 * MINUTE_MS * 0.01);
  });

  it('is of all merchants where none is named, and of those hours that are asked for, in pages', async () => {
    for (const merchantId of ['m1', 'm2', 'm1']) {
      await openOne(merchantId);
      world.clock.nowMs += HOUR_MS;
    }
    const startsOf = ({ hours }: ActivityAnswer): string[] => hours.map(({ startsAt }) => startsAt.slice(11, 16));
    expect(startsOf(await activity())).toEqual(['12:00', '11:00', '10:00']);
    expect(startsOf(await activity('&merchantId=m2'))).toEqual(['11:00']);
    expect(startsOf(await activity('&from=2026-03-01T11:30:00Z'))).toEqual(['12:00', '11:00']);
    expect(startsOf(await activity('&from=2026-03-01T18:00:00%2B08:00&to=2026-03-01T12:00:00Z'))).toEqual([
      '11:00',
      '10:00',
    ]);
    const first = await activity('&limit=2');
    expect(startsOf(await activity(`&limit=2&after=${first.next}`))).toEqual(['10:00']);
  });

  it('refuses an hour that is none, a page that it never named, and a position that it does not reach', async () => {
    expectProblem(await world.get('/v1/activity?from=yesterday'), 422, 'bad-value');
    expectProblem(await world.get('/v1/activity?after=x'), 422, 'bad-value');
    expectProblem(await world.get('/v1/activity?merchantId=*'), 422, 'bad-value');
    expectProblem(await world.get('/v1/activity?hour=1'), 422, 'unknown-field');
    expectProblem(await world.get('/v1/activity?atLeast=soon'), 422, 'bad-position');
  });

  it('is not there where a process keeps no read side', async () => {
    const plain = await newWorld();
    for (const path of ['/v1/activity', '/v1/merchants', '/v1/merchants/m1']) {
      expectProblem(await plain.get(path), 503, 'no-views');
    }
    await plain.close();
  });
});

describe('the sessions of a merchant, counted', () => {
  it('show how far an old version is drained', async () => {
    const change = async (buyerReplyMinutes: number): Promise<void> => {
      const answer = await world.put('/v1/merchants/m1/config', { buyerReplyMinutes });
      position = expectAnswer(answer, 200, configuredAnswer).position as string;
    };
    const counts = async () =>
      expectAnswer(await world.get(`/v1/merchants/m1?atLeast=${position}`), 200, merchantAnswer);
    await change(300);
    const old = [await openOne('m1'), await openOne('m1')];
    await change(50);
    await openOne('m1');
    expect(await counts()).toMatchObject({
      currentVersion: 3,
      opened: 3,
      open: [
        { version: 2, sessions: 2 },
        { version: 3, sessions: 1 },
      ],
    });
    for (const session of old) await send(session, { type: 'closed', data: { reason: 'by-agent' } });
    expect(await counts()).toMatchObject({
      open: [{ version: 3, sessions: 1 }],
      closedByReason: { 'by-agent': 2 },
    });
  });

  it('are zero for a merchant of whom nothing is known', async () => {
    expect(expectAnswer(await world.get('/v1/merchants/nobody'), 200, merchantAnswer)).toMatchObject({
      merchantId: 'nobody',
      opened: 0,
      open: [],
    });
  });

  it('come for all merchants in pages, by id', async () => {
    for (const merchantId of ['m3', 'm1', 'm2']) await openOne(merchantId);
    const page = async (query: string) =>
      expectAnswer(await world.get(`/v1/merchants?atLeast=${position}${query}`), 200, merchantsAnswer);
    const first = await page('&limit=2');
    expect(first.merchants.map(({ merchantId }) => merchantId)).toEqual(['m1', 'm2']);
    expect((await page(`&limit=2&after=${first.next}`)).merchants.map(({ merchantId }) => merchantId)).toEqual(['m3']);
    expectProblem(await world.get('/v1/merchants?after=x'), 422, 'bad-value');
  });
});
