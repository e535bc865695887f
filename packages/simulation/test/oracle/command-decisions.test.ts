import { describe, expect, it } from '@jest/globals';
import { agent, atMs, automated, buyer, closed, DAY, OTHER, Play, queued, short, unknown, withId } from './given.js';

/** A session that an agent answered at 10, so that buyer-silent runs out at 30. */
function answered(settings = {}): Play {
  const play = new Play(settings);
  play.open();
  play.append(10, agent(10));
  return play;
}

const GRACE_MS = 5_000;

describe('commands at the deadline', () => {
  it('D1: an event at the deadline is appended, one a millisecond later finds the close', () => {
    expect(short(answered().append(30, buyer(30)))).toBe('ok');
    const play = answered();
    expect(play.append(30, buyer(30, 1), {}, 1)).toMatchObject({
      code: 'session-closed',
      close: { reason: 'buyer-silent' },
    });
    expect(play.story()).toEqual(['opened 0', 'config-version 0', 'message-from-agent 10', 'closed 30']);
  });

  it('D6: the deadline wins, whatever the sweep was doing: the close is written with the deadline as its time', () => {
    const play = answered();
    play.append(31, buyer(31));
    const close = play.log().at(-1)!;
    expect(close).toMatchObject({
      type: 'closed',
      occurredAtMs: atMs(30),
      noticedAtMs: atMs(31),
      id: expect.stringMatching(/^timeout-of/),
    });
    expect(close.data).toEqual({
      reason: 'buyer-silent',
      proof: {
        rule: 'buyer-silent',
        limitMinutes: 20,
        configVersion: 1,
        anchor: { revision: 2, type: 'message-from-agent', atMs: atMs(10) },
        deadlineAtMs: atMs(30),
      },
    });
  });

  it('D6: within the grace a late event closes the session before an event in time, which then comes too late', () => {
    const play = answered();
    expect(short(play.append(30, buyer(30, 1), {}, 2))).toBe('session-closed 0');
    expect(short(play.append(30, buyer(29), {}, 3))).toBe('session-closed 0');
  });

  it('D7: an event in time is accepted until the end of the grace, inclusive', () => {
    expect(short(answered().append(30, buyer(29), {}, GRACE_MS))).toBe('ok');
    const play = answered();
    expect(short(play.append(30, buyer(29), {}, GRACE_MS + 1))).toBe('session-closed 0');
    expect(play.types().at(-1)).toBe('closed');
  });

  it('D7: the sweep waits as long', () => {
    const play = answered();
    play.sweep(30, GRACE_MS);
    expect(play.types()).not.toContain('closed');
    play.sweep(30, GRACE_MS + 1);
    expect(play.story().at(-1)).toBe('closed 30');
  });

  it('D6 and D7 without any grace', () => {
    const play = answered({ closeGraceMs: 0 });
    play.sweep(30);
    expect(play.types()).not.toContain('closed');
    expect(short(play.append(30, buyer(29)))).toBe('ok');
  });
});

describe('the time of an event', () => {
  it('D8: further ahead than the skew is refused, up to that it is written as the receipt with the claim beside it', () => {
    const play = answered();
    expect(short(play.append(12, buyer(12, 5_001)))).toBe('in-the-future 0');
    expect(short(play.append(12, buyer(12, 5_000)))).toBe('ok');
    expect(play.log().at(-1)).toMatchObject({ occurredAtMs: atMs(12), claimedAtMs: atMs(12, 5_000) });
  });

  it('D8: a sender whose clock is ahead never closes a session early', () => {
    const play = answered();
    expect(short(play.append(30, buyer(30, 4_000)))).toBe('ok');
    expect(play.types()).not.toContain('closed');
  });

  it('D8: earlier than the newest event it is written as given', () => {
    const play = answered();
    play.append(12, buyer(3));
    expect(play.log().at(-1)).toMatchObject({ occurredAtMs: atMs(3) });
    expect(play.fate().clock?.deadlineAtMs).toBe(atMs(370));
  });

  it('D8 holds for `opened` too', () => {
    const play = new Play();
    expect(short(play.open(0, STREAM_A, { occurredAtMs: atMs(0, 5_001) }))).toBe('in-the-future 0');
    expect([play.log(STREAM_A), play.merchant()]).toEqual([[], []]);
    play.open(0, STREAM_A, { occurredAtMs: atMs(0, 5_000) });
    expect(play.log(STREAM_A).map((event) => event.occurredAtMs)).toEqual([atMs(0), atMs(0)]);
    expect(play.log(STREAM_A)[0]?.claimedAtMs).toBe(atMs(0, 5_000));
  });

  it('D17: left out, it is the time of receipt', () => {
    const play = answered();
    play.append(12, { type: 'queued', data: {} });
    expect(play.story().at(-1)).toBe('queued 12');
  });
});

const STREAM_A = OTHER;

describe('the same thing said twice (D18)', () => {
  it('answers a known id as the first time, even if the session has closed since', () => {
    const play = answered();
    const first = play.append(11, withId('x', buyer(11)));
    play.append(12, closed(12));
    expect(play.append(500, withId('x', buyer(11)))).toEqual(first);
    expect(play.types().filter((type) => type === 'message-from-buyer')).toHaveLength(1);
  });

  it('takes no notice of another `occurredAt`, or of a default that is spelled out', () => {
    const play = answered();
    const first = play.append(11, withId('x', agent(11)));
    const again = { ...agent(12), data: { automated: false }, id: 'x' };
    expect(play.append(13, again)).toEqual(first);
  });

  it('refuses a known id with another type or other data', () => {
    const play = answered();
    play.append(11, withId('x', buyer(11)));
    expect(short(play.append(12, withId('x', agent(11))))).toBe('event-id-reused 0');
    expect(short(play.append(12, { ...buyer(11), id: 'x', data: { length: 3 } }))).toBe('event-id-reused 0');
    expect(short(play.append(12, withId(play.log()[0]!.id, buyer(11))))).toBe('event-id-reused 0');
  });

  it('knows the ids of events that did not count', () => {
    const play = answered();
    play.foreign({ ...unknown(11), id: 'note' });
    expect(short(play.append(12, withId('note', buyer(12))))).toBe('event-id-reused 0');
    play.foreign({ ...buyer(31), id: 'late' });
    expect(play.append(32, withId('late', buyer(31)))).toMatchObject({ ok: true, placed: [{ revision: 4 }] });
    expect(play.types()).not.toContain('closed');
  });

  it('looks at ids before existence, future, lapse and revision, in this order', () => {
    const play = answered();
    play.append(10, withId('x', agent(10)));
    const wrong = { expectedRevision: 77 };
    expect(short(play.append(31, [withId('x', agent(10))], wrong))).toBe('ok');
    const missing = { stream: OTHER, ...wrong };
    expect(short(play.append(31, [withId('y', agent(99)), withId('y', agent(99))], missing))).toBe('event-id-reused 1');
    expect(short(play.append(31, agent(99), missing))).toBe('no-such-session');
    expect(short(play.append(31, agent(99), wrong))).toBe('in-the-future 0');
    expect(short(play.append(29, agent(29), wrong))).toBe('wrong-revision');
    expect(short(play.append(31, agent(31), wrong))).toBe('session-closed 0');
  });

  it('answers an open of an existing id with the same fields as the first time, in whatever state it is', () => {
    const play = new Play();
    const first = play.open(0);
    expect(play.open(0)).toEqual(first);
    const taken = { data: { merchantId: 'n', openedBy: 'buyer' }, id: 'fresh' };
    expect([short(play.open(0, undefined, taken)), play.types()]).toEqual([
      'session-exists',
      ['opened', 'config-version'],
    ]);
    play.append(1, closed(1));
    expect(play.open(50)).toEqual(first);
    expect(play.open(50, undefined, { id: 'another-event-id' })).toEqual(first);
    const other = { data: { merchantId: 'm', openedBy: 'agent' } };
    expect(short(play.open(50, undefined, { id: 'fresh', ...other }))).toBe('session-exists');
    expect(short(play.open(50, undefined, other))).toBe('event-id-reused 0');
  });
});

describe('expectedRevision', () => {
  it('is compared when something is written to the addressed session', () => {
    const play = answered();
    expect(play.append(11, buyer(11), { expectedRevision: 1 })).toEqual({
      ok: false,
      code: 'wrong-revision',
      revision: 2,
    });
    expect(short(play.append(11, buyer(11), { expectedRevision: 2 }))).toBe('ok');
  });

  it('is not compared otherwise: closing a closed session, a successor', () => {
    const play = answered();
    play.append(11, closed(11));
    expect(short(play.append(12, closed(12), { expectedRevision: 0 }))).toBe('ok');
    expect(short(play.append(12, buyer(12), { expectedRevision: 0, onClosed: 'open-new' }))).toBe('ok');
  });
});

describe('closing (D19)', () => {
  it('closing a closed session is a success without an event', () => {
    const play = answered();
    expect(short(play.append(11, closed(11)))).toBe('ok');
    const before = play.log();
    expect(play.append(12, closed(12))).toMatchObject({
      ok: true,
      placed: [],
      close: { reason: 'by-agent', revision: 3 },
    });
    expect(play.log()).toEqual(before);
  });

  it('a close that happened after the deadline finds the timeout close, which stands', () => {
    const play = answered();
    expect(play.append(31, closed(31))).toMatchObject({ ok: true, placed: [], close: { reason: 'buyer-silent' } });
    expect(play.story().at(-1)).toBe('closed 30');
  });
});

describe('refusals on a closed session (D10)', () => {
  it.each([
    ['a buyer’s message', buyer(12)],
    ['an agent’s message', agent(12)],
    ['an automated message', automated(12)],
    ['`queued`', queued(12)],
  ])('%s is refused with the close in the answer', (_, event) => {
    const play = answered();
    play.append(11, closed(11));
    expect(play.append(12, event)).toMatchObject({
      ok: false,
      code: 'session-closed',
      close: { reason: 'by-agent', revision: 3, occurredAtMs: atMs(11) },
    });
  });

  it('a session that does not exist answers no-such-session, to reads too', () => {
    const play = new Play();
    expect(short(play.append(0, buyer(0), { onClosed: 'open-new' }))).toBe('no-such-session');
    expect(play.read(0)).toBe('no-such-session');
  });
});

describe('reading (D20)', () => {
  it('shows what remains, to the deadline itself', () => {
    const play = answered();
    expect(play.read(25)).toMatchObject({
      state: 'open',
      rule: 'buyer-silent',
      remainingMs: 300_000,
      closeToCome: null,
    });
    expect(play.read(30)).toMatchObject({ state: 'open', remainingMs: 0, provisional: false });
  });

  it('after the deadline says lapsed, provisional during the grace, and writes nothing', () => {
    const play = answered();
    const before = play.world;
    const closeToCome = { rule: 'buyer-silent', deadlineAtMs: atMs(30) };
    expect(play.read(30, 1)).toMatchObject({ state: 'lapsed', remainingMs: 0, provisional: true, closeToCome });
    expect(play.read(30, GRACE_MS)).toMatchObject({ state: 'lapsed', provisional: true });
    expect(play.read(30, GRACE_MS + 1)).toMatchObject({ state: 'lapsed', provisional: false, closeToCome });
    expect(play.world).toBe(before);
    play.sweep(2 * DAY);
    expect(play.read(3 * DAY)).toMatchObject({
      state: 'closed',
      close: { reason: 'buyer-silent', occurredAtMs: atMs(30) },
    });
  });

  it('a latched session is lapsed and not provisional, even before its deadline has passed', () => {
    const play = answered();
    play.foreign(buyer(31));
    expect(play.read(20)).toMatchObject({ state: 'lapsed', remainingMs: 0, provisional: false });
    expect(short(play.append(20, buyer(20)))).toBe('session-closed 0');
    expect(play.story().at(-1)).toBe('closed 30');
  });
});

describe('parked streams', () => {
  it('stream-parked comes before everything, for reads, opens and known ids too; the sweep passes by', () => {
    const play = answered();
    play.append(11, withId('x', agent(11)));
    play.foreign({ ...buyer(12), readable: false });
    expect(short(play.append(13, withId('x', agent(11)), { expectedRevision: 7 }))).toBe('stream-parked');
    expect(short(play.append(13, [withId('y', buyer(999)), withId('y', buyer(9))]))).toBe('stream-parked');
    expect(play.read(13)).toBe('stream-parked');
    expect(short(play.open(13))).toBe('stream-parked');
    play.open(13, OTHER);
    play.sweep(2 * DAY);
    expect([play.types().includes('closed'), play.types(OTHER).at(-1)]).toEqual([false, 'closed']);
  });
});
