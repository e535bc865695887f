import { describe, expect, it } from '@jest/globals';
import type { Answer } from '@lapse/simulation/oracle';
import { agent, atMs, buyer, closed, DAY, opened, OTHER, Play, short, STREAM } from './given.js';

const set = (buyerReplyMinutes: unknown) => ({ values: { buyerReplyMinutes } });
const told = (answer: Answer) => (answer.ok ? answer.version : answer.code);
const story = (play: Play) =>
  play
    .merchant()
    .map(({ data }) => `${String(data['version'])} ${String(data['why'])} ${String(data['buyerReplyMinutes'])}`);
const pinOf = (play: Play, stream = STREAM) => {
  const pin = play.log(stream).find((event) => event.type === 'config-version');
  return pin && [pin.data['version'], pin.data['merchantRevision'], pin.data['buyerReplyMinutes']];
};

describe('accepted values (D13)', () => {
  it.each([4, 361, 20.5, '20', '', null, Number.NaN, -1, 1e9, undefined])(
    '%p is refused and writes nothing',
    (value) => {
      const play = new Play();
      expect([told(play.config('change', 0, set(value))), play.merchant()]).toEqual(['bad-value', []]);
    },
  );

  it.each([5, 360, 50])('%p is accepted', (value) => {
    const play = new Play();
    expect([told(play.config('change', 0, set(value))), story(play)]).toEqual([
      2,
      ['1 rollout 20', `2 change ${value}`],
    ]);
  });
});

describe('the same value again (D12)', () => {
  it('writes no version, also by going back', () => {
    const play = new Play();
    expect(told(play.config('change', 0, set(20)))).toBe(1);
    play.config('change', 1, set(50));
    expect([told(play.config('change', 2, set(50))), told(play.config('revert', 2, { toVersion: 2 }))]).toEqual([2, 2]);
    expect(story(play)).toEqual(['1 rollout 20', '2 change 50']);
  });

  it('going back writes a new version with the old values; to version 0 or an unknown one is refused', () => {
    const play = new Play();
    play.config('change', 0, set(50));
    expect(told(play.config('revert', 1, { toVersion: 1 }))).toBe(3);
    expect(story(play).at(-1)).toBe('3 revert 20');
    expect(told(play.config('revert', 1, { toVersion: 0 }))).toBe('no-such-version');
    expect(told(play.config('revert', 1, { toVersion: 9 }))).toBe('no-such-version');
  });
});

describe('a merchant nobody configured (D16)', () => {
  it('gets version 1 of the standard policy by the first command that needs it', () => {
    const play = new Play();
    play.open();
    expect([story(play), pinOf(play)]).toEqual([['1 rollout 20'], [1, 0, 20]]);
    expect(play.merchant()[0]?.data).toMatchObject({ policy: 'standard', agentReplyMinutes: 360, queueMinutes: 1440 });
  });

  it('is not rolled out by a refused command, a read or a sweep', () => {
    const play = new Play();
    play.config('change', 0, set(4));
    play.config('change', 0, { values: { buyerReplyMinutes: 50, queueMinutes: 1440 } });
    play.config('revert', 0, { toVersion: 7 });
    play.append(0, buyer(0));
    play.sweep(0);
    play.read(0);
    expect(play.merchant()).toEqual([]);
  });

  it('with legacy stays on version 0 until it is rolled out', () => {
    const play = new Play({ newMerchants: 'legacy' });
    play.open();
    expect([play.merchant(), pinOf(play), play.log()[1]?.data['policy']]).toEqual([[], [0, null, 20], 'legacy']);
    expect(told(play.config('change', 1, set(50)))).toBe('not-rolled-out');
    expect(told(play.config('rollout', 2))).toBe(1);
    expect(told(play.config('rollout', 3))).toBe(1);
    expect(told(play.config('change', 4, set(50)))).toBe(2);
    expect(story(play)).toEqual(['1 rollout 20', '2 change 50']);
  });
});

describe('the order of refusals', () => {
  it('is fixed-by-platform, bad-value, not-rolled-out, no-such-version', () => {
    const play = new Play({ newMerchants: 'legacy' });
    const both = { values: { buyerReplyMinutes: 4, agentReplyMinutes: 360 } };
    expect(told(play.config('change', 0, both))).toBe('fixed-by-platform');
    expect(told(play.config('change', 0, set(4)))).toBe('bad-value');
    expect(told(play.config('change', 0, set(50)))).toBe('not-rolled-out');
    expect(told(play.config('revert', 0, { toVersion: 0 }))).toBe('not-rolled-out');
    play.config('rollout', 1);
    expect(told(play.config('revert', 1, { toVersion: 0 }))).toBe('no-such-version');
  });
});

describe('pinning', () => {
  it('D14: an open that starts after a change was acknowledged gets it, sessions that are open keep theirs', () => {
    const play = new Play();
    play.config('change', 0, set(300));
    play.open(1);
    play.config('change', 2, set(50));
    play.open(2, OTHER);
    expect([pinOf(play), pinOf(play, OTHER)]).toEqual([
      [2, 1, 300],
      [3, 2, 50],
    ]);
  });

  it('every session’s copy carries `opened`’s time', () => {
    const play = new Play();
    play.open(10, STREAM, { occurredAtMs: atMs(3) });
    expect(play.story()).toEqual(['opened 3', 'config-version 3']);
  });

  it('a bare `opened` gets the version in force at its place in the log, whatever came later', () => {
    const play = new Play();
    play.config('change', 0, set(300));
    play.foreign(opened(1));
    play.config('change', 2, set(50));
    play.sweep(3);
    expect([pinOf(play), play.story()]).toEqual([
      [2, 1, 300],
      ['opened 1', 'config-version 1'],
    ]);
  });

  it('a bare `opened` before the merchant’s first event gets version 1, written if there is none', () => {
    const play = new Play();
    play.foreign(opened(1));
    play.config('change', 2, set(50));
    play.sweep(3);
    expect(pinOf(play)).toEqual([1, 0, 20]);
    const nobody = new Play();
    nobody.foreign(opened(1));
    nobody.sweep(3);
    expect([pinOf(nobody), story(nobody)]).toEqual([[1, 0, 20], ['1 rollout 20']]);
  });

  it('… or version 0 with legacy, whatever came later', () => {
    const play = new Play({ newMerchants: 'legacy' });
    play.foreign(opened(1));
    play.config('rollout', 2);
    play.config('change', 2, set(50));
    play.sweep(3);
    expect(pinOf(play)).toEqual([0, null, 20]);
  });

  it('a command pins it first, and a close that is due follows the pin', () => {
    const play = new Play();
    play.foreign(opened(0));
    play.foreign(agent(10));
    expect(play.read(12)).toMatchObject({ state: 'open', deadlineAtMs: atMs(30) });
    expect(short(play.append(31, buyer(31)))).toBe('session-closed 0');
    expect(play.story()).toEqual(['opened 0', 'message-from-agent 10', 'config-version 0', 'closed 30']);
  });

  it('revisions move by one under a foreign writer, and a refused expectation leaves no pin', () => {
    const play = new Play();
    play.foreign(opened(0));
    expect(short(play.append(1, buyer(1), { expectedRevision: 0 }))).toBe('wrong-revision');
    expect(play.types()).toEqual(['opened']);
    expect(short(play.append(1, buyer(1), { expectedRevision: 1 }))).toBe('ok');
  });

  it('a batch that is refused for crossing leaves no pin either, for it writes nothing but closes that are due', () => {
    const play = new Play();
    play.foreign(opened(0));
    expect(short(play.append(1, [closed(1), buyer(1)]))).toBe('batch-crosses-close 1');
    expect([play.types(), play.merchant()]).toEqual([['opened'], []]);
  });

  it('never pins after `closed`', () => {
    const play = new Play();
    play.foreign(opened(0));
    play.foreign(closed(1));
    play.sweep(DAY);
    play.append(DAY, closed(DAY));
    expect(play.types()).toEqual(['opened', 'closed']);
  });

  it('a sweep pins and closes in one go', () => {
    const play = new Play();
    play.foreign(opened(0));
    play.sweep(DAY);
    expect(play.story()).toEqual(['opened 0', 'config-version 0', 'closed 360']);
  });

  it('a merchant whose own stream is parked blocks what needs its config, and nothing else', () => {
    const play = new Play();
    play.open(0);
    const rollout = { ...play.merchant()[0]!, readable: false };
    play.world = { ...play.world, merchants: { m: [rollout] } };
    expect(told(play.config('change', 1, set(50)))).toBe('stream-parked');
    expect(short(play.open(1, OTHER))).toBe('stream-parked');
    expect(short(play.append(1, closed(1)))).toBe('ok');
    expect(short(play.append(2, buyer(2), { onClosed: 'open-new' }))).toBe('stream-parked');
  });
});
