import { describe, expect, it } from '@jest/globals';
import {
  acceptedTimeMs,
  deadlineOf,
  decideTimeout,
  standingTowards,
  timeoutEventId,
  viewAt,
  type SessionState,
} from '../src/index.js';
import {
  agent,
  at,
  automated,
  buyer,
  closed,
  given,
  legacy,
  MS,
  noRules,
  opened,
  queued,
  SECOND,
  standard,
  STREAM,
  T0,
  unknown,
} from './given.js';

const GRACE_MS = 5_000;
const closesAt = (state: SessionState, minutes: number) =>
  decideTimeout(state, at(minutes), GRACE_MS)?.event.occurredAtMs;

describe('D1: over the limit is strictly over it', () => {
  it('an event at the deadline instant is in time', () => {
    expect(given(opened(), standard(), agent(360)).rule).toBe('buyer-silent');
  });
  it('an event one millisecond later is late', () => {
    expect(given(opened(), standard(), agent(360 + MS))).toMatchObject({
      latched: true,
      rule: 'agent-silent',
      lateEvents: 1,
    });
  });
  it('the sweep does nothing at the deadline itself, without any grace', () => {
    expect(decideTimeout(given(opened(), standard()), at(360), 0)).toBeUndefined();
    expect(decideTimeout(given(opened(), standard()), at(360) + 1, 0)).toBeDefined();
  });
});

it('D2: each further message of the same side restarts the clock: 0, 1, 15 minutes at limit 20 lapse at 35', () => {
  expect(deadlineOf(given(opened(), standard(), agent(1), agent(15)))).toBe(at(35));
});

describe('D3: no open session is ever without a deadline', () => {
  it('opening counts as the first contact of the buyer', () => {
    expect(deadlineOf(given(opened(), standard()))).toBe(at(360));
  });
  it('unless its policy has no such rule', () => {
    expect(deadlineOf(given(opened(), noRules, buyer(1), agent(2), queued(3)))).toBeUndefined();
  });
});

it('D4: a queued buyer keeps writing, and the wait still ends 24 h after the queue entry', () => {
  const writing = Array.from({ length: 10 }, (_, i) => buyer(100 * (i + 1)));
  expect(deadlineOf(given(opened(), standard(), queued(2), ...writing))).toBe(at(2 + 1440));
});

describe('D5: queued again', () => {
  it('while queued the first entry counts', () => {
    expect(given(opened(), standard(), queued(1), queued(9))).toMatchObject({
      waitingSinceMs: at(1),
      anchorRevision: 2,
    });
  });
  it('after an answer of an agent it is a fresh entry, and the other clocks stop', () => {
    const state = given(opened(), standard(), queued(1), agent(5), queued(15));
    expect([state.rule, state.waitingSinceMs, deadlineOf(state)]).toEqual(['queue-expired', at(15), at(15 + 1440)]);
  });
  it('shows who waits also where the queue has no limit', () => {
    expect(given(opened(), legacy, queued(7))).toMatchObject({ rule: 'agent-silent', waitingSinceMs: at(7) });
  });
});

describe('D6: the deadline wins', () => {
  const late = [opened(), standard(), agent(1), buyer(21 + MS)];
  it('a late foreign event moves nothing and latches the lapse', () => {
    expect(given(...late)).toMatchObject({ rule: 'buyer-silent', latched: true, buyerMessages: 0, timeAtMs: at(1) });
  });
  it('after it an event in time moves nothing either', () => {
    expect(given(...late, buyer(2))).toMatchObject({ buyerMessages: 0, lateEvents: 2 });
  });
  it('after it only a close with a proof, the running rule and the deadline counts', () => {
    const { event } = decideTimeout(given(...late), T0, GRACE_MS) ?? {};
    const own = closed(21, event?.data ?? {});
    expect(given(...late, closed(21)).status).toBe('open');
    expect(given(...late, closed(22, event?.data)).status).toBe('open');
    expect(given(...late, closed(21, { ...event?.data, reason: 'agent-silent' })).status).toBe('open');
    expect(given(...late, own)).toMatchObject({ status: 'closed', close: { reason: 'buyer-silent', atMs: at(21) } });
  });
  it('a late close does not count as the first, an automated message latches too', () => {
    expect(given(opened(), standard(), closed(361))).toMatchObject({ status: 'open', latched: true });
    expect(given(opened(), standard(), automated(361))).toMatchObject({ latched: true });
  });
  it('without a latch the first close in time counts, whatever its proof says', () => {
    expect(given(opened(), standard(), closed(5, { reason: 'buyer-silent' }))).toMatchObject({
      status: 'closed',
      close: { atMs: at(5) },
    });
  });
});

describe('D7: in time, but received after the deadline', () => {
  const state = given(opened(), standard());
  const message = { type: 'message-from-agent', atMs: at(359), automated: false } as const;
  const standing = (receivedAtMs: number) => standingTowards(state, message, { receivedAtMs, closeGraceMs: GRACE_MS });
  it('is taken up to the end of the grace, and no longer', () => {
    expect(standing(at(360) + GRACE_MS)).toBe('takes-it');
    expect(standing(at(360) + GRACE_MS + 1)).toBe('has-lapsed');
  });
  it('the sweep waits as long', () => {
    expect(decideTimeout(state, at(360) + GRACE_MS, GRACE_MS)).toBeUndefined();
    expect(decideTimeout(state, at(360) + GRACE_MS + 1, GRACE_MS)?.event.occurredAtMs).toBe(at(360));
  });
});

describe('D8: what time counts', () => {
  it('further ahead of the receipt than clocks may be is refused, a little ahead is the receipt', () => {
    expect(acceptedTimeMs(T0 + 5_001, T0, 5_000)).toBeUndefined();
    expect(acceptedTimeMs(T0 + 5_000, T0, 5_000)).toBe(T0);
    expect(acceptedTimeMs(T0 - 99_000, T0, 5_000)).toBe(T0 - 99_000);
  });
  it("an event earlier than the session's newest counts as that one's time", () => {
    expect(given(opened(), standard(), buyer(10), agent(3))).toMatchObject({
      anchorAtMs: at(10),
      timeAtMs: at(10),
      rule: 'buyer-silent',
    });
  });
  it("an automated message moves the session's time where no clock moves", () => {
    expect(given(opened(), standard(), automated(10), agent(3))).toMatchObject({ anchorAtMs: at(10) });
  });
  it('a deadline may come earlier: an answer after one minute moves it from 360 to 21', () => {
    expect(deadlineOf(given(opened(), standard(), agent(1)))).toBe(at(21));
  });
});

it('D9: an automated reply is counted and moves no clock', () => {
  expect(given(opened(), standard(), automated(5))).toMatchObject({
    automatedMessages: 1,
    agentMessages: 0,
    rule: 'agent-silent',
    anchorRevision: 0,
  });
});

it('D11: a type that Lapse does not know moves no deadline by a millisecond', () => {
  const without = given(opened(), standard(), agent(1));
  expect(deadlineOf(given(opened(), standard(), agent(1), unknown, unknown))).toBe(deadlineOf(without));
});

describe('D20: a session whose deadline has passed but whose close is not recorded', () => {
  const state = given(opened(), standard(), agent(1));
  it('is open with its remaining time before', () => {
    expect(viewAt(state, at(20), GRACE_MS)).toMatchObject({
      state: 'open',
      remainingMs: 60_000,
      comingClose: undefined,
    });
  });
  it('is lapsed with the close that will be written, provisional during the grace', () => {
    expect(viewAt(state, at(21 + SECOND), GRACE_MS)).toMatchObject({
      state: 'lapsed',
      remainingMs: 0,
      comingClose: { reason: 'buyer-silent', atMs: at(21), provisional: true },
    });
    expect(viewAt(state, at(21) + GRACE_MS + 1, GRACE_MS).comingClose?.provisional).toBe(false);
  });
  it('is lapsed for good once a late event has latched it', () => {
    const latched = given(opened(), standard(), agent(1), buyer(22));
    expect(viewAt(latched, at(2), GRACE_MS)).toMatchObject({ state: 'lapsed', comingClose: { provisional: false } });
  });
});

describe('the timeout close', () => {
  it('is the same whoever notices, whenever', () => {
    const state = given(opened(), standard(50, 3), buyer(1), agent(2));
    const early = decideTimeout(state, at(53), GRACE_MS);
    expect(decideTimeout(state, at(99_999), GRACE_MS)).toEqual(early);
    expect(early).toMatchObject({ id: timeoutEventId(STREAM, 3), expectedRevision: 3 });
  });
  it('carries its proof', () => {
    expect(decideTimeout(given(opened(), standard(50, 3), agent(2)), at(53), GRACE_MS)?.event.data).toEqual({
      reason: 'buyer-silent',
      proof: {
        rule: 'buyer-silent',
        limitMinutes: 50,
        configVersion: 3,
        anchor: { revision: 2, type: 'message-from-agent', occurredAt: '2026-03-01T10:02:00.000Z' },
        deadline: '2026-03-01T10:52:00.000Z',
      },
    });
  });
  it('is never due for a closed session, a year later', () => {
    expect(closesAt(given(opened(), standard(), closed(5)), 525_600)).toBeUndefined();
  });
  it('of a session from before the roll-out comes after 72 h, also after many messages', () => {
    expect(closesAt(given(opened(), legacy, buyer(1), agent(2), buyer(3)), 9_999)).toBe(at(3 + 4320));
  });
});
