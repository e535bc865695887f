import { describe, expect, it } from '@jest/globals';
import { DUE_LATCHED, DUE_UNPINNED } from '@lapse/projections';
import { StoreError } from '@lapse/store';
import { bareSession, Desk, dueAfterMs, waitingSession } from './lib/fakes.js';
import { GRACE_MS, MINUTE_MS, T0 } from './lib/world.js';

const DAY_MS = 86_400_000;
const gone = (): Promise<never> => Promise.reject(new StoreError('store-unavailable', 'gone'));

describe('timeouts that run by themselves', () => {
  it('wake up for the next deadline, and for a nearer one that comes later', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { sweepIntervalMs: DAY_MS } });
    timeouts.start(desk.clock);
    desk.caughtUp();
    desk.shows(waitingSession(1, T0 + 60 * MINUTE_MS));
    desk.shows(waitingSession(2, T0));
    await desk.runTo(dueAfterMs());
    expect(desk.closes).toEqual([]);
    await desk.runTo(dueAfterMs() + 2_000);
    expect(desk.closedKeys).toEqual([2]);
    await desk.runTo(T0 + DAY_MS);
    expect(desk.closedKeys).toEqual([2, 1]);
    const lateness = desk.closes.map(({ key, atMs }) => atMs - dueAfterMs(key === 1 ? T0 + 60 * MINUTE_MS : T0));
    for (const ms of lateness) expect(ms).toBeLessThanOrEqual(10);
  });

  it('follow a deadline that moves: later ones and earlier ones', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { sweepIntervalMs: DAY_MS } });
    timeouts.start(desk.clock);
    desk.caughtUp();
    const session = waitingSession(1);
    desk.shows(session);
    await desk.runTo(T0 + 10 * MINUTE_MS);
    session.state.anchorAtMs = T0 + 10 * MINUTE_MS;
    desk.shows(session);
    await desk.runTo(T0 + 29 * MINUTE_MS);
    expect(desk.closes).toEqual([]);
    // D8: an answer from earlier, told late, makes the deadline an earlier one.
    session.state.anchorAtMs = T0 + 9 * MINUTE_MS - GRACE_MS;
    desk.shows(session);
    await desk.runTo(T0 + 29 * MINUTE_MS + 10);
    expect(desk.closedKeys).toEqual([1]);
  });

  it('forget a session that has closed or was parked', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts();
    timeouts.start(desk.clock);
    desk.caughtUp();
    const [closed, parked] = [waitingSession(1), waitingSession(2)];
    desk.shows(closed);
    desk.shows(parked);
    expect(timeouts.status().pending).toBe(2);
    closed.state.status = 'closed';
    parked.state.parked = { revision: 3, why: 'unreadable' };
    desk.shows(closed);
    desk.shows(parked);
    expect(timeouts.status().pending).toBe(0);
    await desk.runTo(dueAfterMs() + MINUTE_MS);
    expect(desk.closes).toEqual([]);
  });

  it('stop at drain: no timer of theirs is left', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts();
    timeouts.start(desk.clock);
    desk.caughtUp();
    desk.shows(waitingSession(1));
    await timeouts.drain(new AbortController().signal);
    expect(desk.clock.nextTimerMs).toBe(Number.POSITIVE_INFINITY);
    await desk.runTo(dueAfterMs() + MINUTE_MS);
    expect(desk.closes).toEqual([]);
    expect(timeouts.status().state).toBe('draining');
  });

  it('close oldest first and never have more on the way than allowed', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { inFlightMax: 10 } });
    let most = 0;
    const answer = desk.onClose;
    desk.onClose = async (state) => {
      most = Math.max(most, timeouts.status().inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      return answer(state);
    };
    desk.caughtUp();
    for (let key = 1; key <= 100; key++) desk.shows(waitingSession(key, T0 + ((key * 37) % 100)));
    desk.clock.set(dueAfterMs() + MINUTE_MS);
    await timeouts.tick(desk.clock.nowMs);
    expect(most).toBe(10);
    const anchors = desk.closedKeys.map((key) => (key * 37) % 100);
    expect(anchors).toEqual([...anchors].sort((a, b) => a - b));
    expect(anchors).toHaveLength(100);
  });

  it('wait with more closes while the read models have not shown those that were made', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { unseenMax: 3 } });
    timeouts.start(desk.clock);
    desk.caughtUp();
    for (let key = 1; key <= 5; key++) desk.shows(waitingSession(key));
    await desk.runTo(dueAfterMs() + 100);
    expect(desk.closes).toHaveLength(3);
    for (const key of desk.closedKeys) {
      const session = waitingSession(key);
      session.state.status = 'closed';
      desk.shows(session);
    }
    await desk.runTo(dueAfterMs() + 200);
    expect(new Set(desk.closedKeys).size).toBe(5);
  });
});

describe('while the read models are not at the end of the log', () => {
  it('nothing is sent, neither before they get there nor after they fell behind', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts();
    timeouts.start(desk.clock);
    desk.shows(waitingSession(1));
    desk.shows(bareSession(2));
    await desk.runTo(dueAfterMs() + MINUTE_MS);
    await timeouts.tick(desk.clock.nowMs);
    expect(timeouts.status()).toMatchObject({ state: 'waiting', pending: 1, pinsPending: 1 });
    desk.onPin = () => Promise.resolve({ kind: 'pinned' } as never);
    desk.caughtUp();
    desk.behind();
    await timeouts.tick(desk.clock.nowMs);
    expect([...desk.closes, ...desk.pins]).toEqual([]);
    desk.caughtUp();
    await desk.runTo(desk.clock.nowMs + 10);
    expect(desk.closedKeys).toEqual([1]);
    expect(desk.pins).toHaveLength(1);
  });

  it('deadlines are taken from the rows, with the grace and the delay of a standby on top', async () => {
    const desk = new Desk();
    for (const key of [1, 2]) desk.sessions.set(key, waitingSession(key));
    desk.sessions.set(3, bareSession(3));
    desk.rows = [
      [3, DUE_UNPINNED],
      [2, DUE_LATCHED],
      [1, T0 + 20 * MINUTE_MS],
    ];
    desk.onPin = () => Promise.resolve({ kind: 'pinned' } as never);
    const timeouts = desk.timeouts({ settings: { closeGraceMs: GRACE_MS, clockSkewMs: 5_000, standbyDelayMs: 7_000 } });
    expect(timeouts.status()).toMatchObject({ pending: 2, pinsPending: 1 });
    desk.caughtUp();
    await timeouts.tick(T0);
    expect(desk.closedKeys).toEqual([2]);
    expect(desk.pins.map(({ key }) => key)).toEqual([3]);
    await timeouts.tick(dueAfterMs() + 7_000);
    expect(desk.closedKeys).toEqual([2]);
    await timeouts.tick(dueAfterMs() + 7_001);
    expect(desk.closedKeys).toEqual([2, 1]);
  });
});

describe('when a close does not come about', () => {
  it('the store is given longer and longer pauses up to a bound, and the first success ends them', async () => {
    const desk = new Desk();
    // Sweeps a day apart: the pauses end by themselves all the same.
    const timeouts = desk.timeouts({ limits: { sweepIntervalMs: DAY_MS } });
    timeouts.start(desk.clock);
    desk.caughtUp();
    desk.shows(waitingSession(1));
    const answer = desk.onClose;
    desk.onClose = gone;
    await desk.runTo(dueAfterMs() + 60_000);
    const tries = desk.closes.map(({ atMs }) => atMs);
    const pauses = tries.slice(1).map((atMs, i) => atMs - (tries[i] as number));
    const wanted = [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000];
    expect(pauses.map((ms, i) => ms - (wanted[i] as number)).filter((ms) => ms < 0 || ms > 5)).toEqual([]);
    expect(pauses.length).toBeGreaterThanOrEqual(9);
    expect(timeouts.status()).toMatchObject({ state: 'backing-off', pending: 1 });
    desk.onClose = answer;
    await desk.runTo(desk.clock.nowMs + 10_000);
    expect(timeouts.status()).toMatchObject({ state: 'sweeping', pending: 0 });
    expect(timeouts.metrics.closedCount).toBe(1);
    // And the next trouble starts with the shortest pause again.
    const before = desk.closes.length;
    desk.onClose = gone;
    desk.shows(waitingSession(2));
    await desk.runTo(desk.clock.nowMs + 100);
    expect(desk.closes.length - before).toBe(2);
  });

  it('a session that was not due after all is looked at again, in case the read models stay silent', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { sweepIntervalMs: DAY_MS } });
    timeouts.start(desk.clock);
    desk.caughtUp();
    desk.shows(waitingSession(1));
    desk.onClose = () => Promise.resolve({ kind: 'not-due' });
    await desk.runTo(dueAfterMs() + 3_500);
    expect(desk.closes.length).toBe(4);
    expect(timeouts.metrics.lostRaces).toBe(4);
    const moved = waitingSession(1, T0 + 60 * MINUTE_MS);
    desk.shows(moved);
    await desk.runTo(dueAfterMs() + 50 * MINUTE_MS);
    expect(desk.closes.length).toBe(4);
  });

  it('a session whose row could not be loaded is not forgotten', async () => {
    const desk = new Desk();
    desk.rows = [[1, T0 + 20 * MINUTE_MS]];
    desk.load = gone;
    const timeouts = desk.timeouts();
    timeouts.start(desk.clock);
    desk.caughtUp();
    await desk.runTo(dueAfterMs() + 1_000);
    expect(desk.closes).toEqual([]);
    expect(timeouts.status()).toMatchObject({ pending: 1 });
    desk.load = () => Promise.resolve(waitingSession(1));
    await desk.runTo(dueAfterMs() + 12_000);
    expect(desk.closedKeys).toEqual([1]);
  });

  it('an odd error of one session is that session’s own: it is tried again, the others do not wait', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts();
    timeouts.start(desk.clock);
    desk.caughtUp();
    for (const key of [1, 2, 3]) desk.shows(waitingSession(key, T0 + key));
    const answer = desk.onClose;
    desk.onClose = (state) => (state.stream.endsWith('1') ? Promise.reject(new TypeError('odd')) : answer(state));
    await desk.runTo(dueAfterMs() + 500);
    expect(desk.closedKeys).toEqual([1, 2, 3]);
    expect(timeouts.status()).toMatchObject({ state: 'sweeping', pending: 1 });
    await desk.runTo(dueAfterMs() + 2_500);
    expect(desk.closedKeys).toEqual([1, 2, 3, 1, 1]);
  });
});

describe('when a pin does not come about', () => {
  it('it is tried again after pauses, also with sweeps a day apart', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { sweepIntervalMs: DAY_MS } });
    timeouts.start(desk.clock);
    desk.caughtUp();
    desk.shows(bareSession(1));
    desk.onPin = gone;
    await desk.runTo(T0 + 1_000);
    expect(timeouts.status().pinsPending).toBe(1);
    expect(desk.pins.length).toBe(5);
    expect(desk.lines.filter(({ what }) => what === 'pin-failed')).toHaveLength(5);
    desk.onPin = () => Promise.resolve({ kind: 'pinned' } as never);
    await desk.runTo(T0 + 2_000);
    expect(timeouts.status().pinsPending).toBe(0);
    expect(timeouts.metrics.pinned).toBe(1);
  });

  it('never more are on the way than allowed, and one that others pinned is forgotten', async () => {
    const desk = new Desk();
    const timeouts = desk.timeouts({ limits: { pinsInFlightMax: 4 } });
    let [now, most] = [0, 0];
    desk.onPin = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return { kind: 'pinned' } as never;
    };
    desk.caughtUp();
    for (let key = 1; key <= 20; key++) desk.shows(bareSession(key));
    desk.shows(waitingSession(20));
    await timeouts.tick(T0);
    expect(most).toBe(4);
    expect(desk.pins).toHaveLength(19);
    expect(timeouts.status()).toMatchObject({ pinsPending: 0, pending: 1 });
  });
});
