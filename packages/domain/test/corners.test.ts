import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  deadlineOf,
  decideTimeout,
  evolve,
  fold,
  judgeRest,
  standingTowards,
  toFoldEvent,
  unseen,
  type FoldEvent,
} from '../src/index.js';
import {
  agent,
  at,
  automated,
  buyer,
  closed,
  given,
  legacy,
  noRules,
  opened,
  queued,
  repeated,
  standard,
  STREAM,
  unknown,
  unreadable,
} from './given.js';

describe('a bare opening', () => {
  it('holds what comes and folds it at the pin, as if the pin had been there from the start', () => {
    const pinnedLate = given(opened(), buyer(1), agent(2), queued(4), standard());
    expect({ ...pinnedLate, revision: 0, anchorRevision: 0 }).toEqual({
      ...given(opened(), standard(), buyer(1), agent(2), queued(4)),
      revision: 0,
      anchorRevision: 0,
    });
  });
  it('has no deadline before the pin', () => {
    expect(deadlineOf(given(opened(), agent(1)))).toBeUndefined();
  });
  it('is lapsed at the pin where a held event was late', () => {
    expect(given(opened(), agent(361), standard())).toMatchObject({ latched: true, rule: 'agent-silent' });
  });
  it('ends as recorded by a close before any pin, and a later pin is ignored', () => {
    expect(given(opened(), buyer(3), closed(999_999), standard())).toMatchObject({
      status: 'closed',
      pin: undefined,
      ignoredEvents: 1,
      close: { atMs: at(999_999), revision: 2 },
      buyerMessages: 1,
    });
  });
});

describe('what counts once', () => {
  it('the first opening, the first pin and the first close count', () => {
    const state = given(opened(), standard(300), opened(5), standard(5), agent(1), closed(2), closed(3), buyer(4));
    expect(state).toMatchObject({
      openedAtMs: at(0),
      pin: { buyerReplyMinutes: 300 },
      close: { atMs: at(2) },
      ignoredEvents: 4,
    });
  });
  it('a repeated id is ignored and counted', () => {
    expect(given(opened(), standard(), repeated)).toMatchObject({ repeatedIds: 1, revision: 2, status: 'open' });
  });
});

describe('parked', () => {
  it.each([
    ['unknown', unknown],
    ['buyer', buyer(0)],
    ['pin', standard()],
    ['unreadable', unreadable],
  ])('a first event that is not opened parks: %s', (_, first) => {
    expect(given(first, opened(), standard())).toMatchObject({ parked: { revision: 0 }, status: 'missing' });
  });
  it('an unreadable event parks wherever it stands, and a close recorded before it stays', () => {
    expect(given(opened(), standard(), closed(1), unreadable)).toMatchObject({
      parked: { revision: 3 },
      status: 'closed',
    });
  });
  it('a parked session is never due', () => {
    expect(decideTimeout(given(opened(), standard(), unreadable), at(99_999), 0)).toBeUndefined();
  });
});

const minutes = fc.oneof(fc.integer({ min: -5, max: 2000 }), fc.constantFrom(20, 21, 360, 361, 380, 1440));
const anyEvent = fc.oneof(
  minutes.map((m) => opened(m)),
  minutes.map((m) => buyer(m)),
  minutes.map((m) => agent(m)),
  minutes.map((m) => automated(m)),
  minutes.map((m) => queued(m)),
  minutes.map((m) => closed(m)),
  fc.constantFrom(standard(5), standard(360), legacy, noRules, unknown, repeated),
  fc.constant(unreadable),
);
const histories = fc.array(anyEvent, { maxLength: 25 });
const openings = fc.constantFrom([opened(), standard()], [opened(), standard(5)], [opened(), legacy], [opened()]);
const runs = { numRuns: 3_000 };

describe('whatever stands in a stream', () => {
  it('the fold is total, and a copy folds like the original', () => {
    fc.assert(
      fc.property(openings, histories, (start, rest) => {
        const inPlace = unseen(STREAM);
        let copied = unseen(STREAM);
        [...start, ...rest].forEach((event, revision) => {
          fold(inPlace, event(revision));
          copied = evolve(copied, event(revision));
        });
        expect(copied).toEqual(inPlace);
        expect(inPlace.revision).toBe(start.length + rest.length - 1);
      }),
      runs,
    );
  });
  it("a session's time never decreases, and never passes its deadline", () => {
    fc.assert(
      fc.property(openings, histories, (start, rest) => {
        const state = unseen(STREAM);
        let before = 0;
        [...start, ...rest].forEach((event, revision) => {
          fold(state, event(revision));
          expect(state.timeAtMs).toBeGreaterThanOrEqual(before);
          before = state.timeAtMs;
          expect(state.timeAtMs).toBeLessThanOrEqual(deadlineOf(state) ?? Infinity);
        });
      }),
      runs,
    );
  });
  it('what decide lets in is never late to evolve, and the close that it decides always ends the session', () => {
    const candidate = fc.record({
      type: fc.constantFrom('message-from-buyer', 'message-from-agent', 'queued', 'closed'),
      atMs: minutes.map(at),
      automated: fc.constant(false),
    });
    fc.assert(
      fc.property(openings, histories, candidate, minutes.map(at), (start, rest, sent, receivedAtMs) => {
        const state = given(...start, ...rest);
        if (state.status !== 'open' || state.parked !== undefined) return;
        const standing = standingTowards(state, sent, { receivedAtMs, closeGraceMs: 5_000 });
        const due = decideTimeout(state, standing === 'has-lapsed' ? Infinity : receivedAtMs, 5_000);
        if (standing === 'takes-it') {
          const event = { ...sent, kind: sent.type, revision: state.revision + 1, data: { reason: 'by-agent' } };
          expect(evolve(state, event as unknown as FoldEvent).lateEvents).toBe(state.lateEvents);
        }
        if (due !== undefined) {
          const after = evolve(state, toFoldEvent(state.revision + 1, due.event));
          expect(after).toMatchObject({ status: 'closed', close: { atMs: deadlineOf(state), reason: state.rule } });
        }
      }),
      runs,
    );
  });
  it('a batch that is let in is let in event by event', () => {
    const candidates = fc.array(
      fc.record({
        type: fc.constantFrom('message-from-buyer', 'message-from-agent', 'queued', 'closed'),
        atMs: fc.integer({ min: 0, max: 30 }).map(at),
        automated: fc.constant(false),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const receipt = { receivedAtMs: at(30), closeGraceMs: 5_000 };
    fc.assert(
      fc.property(candidates, (sent) => {
        let state = given(opened(), standard(5));
        const answers = sent.map((one) => {
          const standing = standingTowards(state, one, receipt);
          const event = { ...one, kind: one.type, revision: state.revision + 1, data: { reason: 'by-agent' } };
          if (standing === 'takes-it') state = evolve(state, event as unknown as FoldEvent);
          return standing;
        });
        if (answers[0] !== 'takes-it') return;
        const first = { ...(sent[0] as object), kind: sent[0]?.type, revision: 2, data: { reason: 'by-agent' } };
        const afterFirst = evolve(given(opened(), standard(5)), first as unknown as FoldEvent);
        const firstOther = answers.findIndex((answer) => answer !== 'takes-it');
        expect(judgeRest(afterFirst, sent, receipt, false)?.index ?? -1).toBe(firstOther);
      }),
      runs,
    );
  });
});
