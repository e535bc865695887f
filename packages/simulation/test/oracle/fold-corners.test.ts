import { describe, expect, it } from '@jest/globals';
import { fateOf } from '@lapse/simulation/oracle';
import {
  agent,
  atMs,
  automated,
  buyer,
  closed,
  fateAfter,
  fateOfAll,
  legacy,
  opened,
  pin,
  queued,
  running,
  standard,
  STREAM,
  timeout,
  unknown,
} from './given.js';

describe('corners of the fold: late events and the latch', () => {
  it.each([
    ['a message', buyer(31)],
    ['an agent’s message', agent(31)],
    ['an automated message', automated(31)],
    ['`queued`', queued(31)],
    ['a `closed`', closed(31)],
  ])('late means %s too', (_, event) => {
    const fate = fateAfter(agent(10), event);
    expect([fate.state, fate.latched, fate.tally.late]).toEqual(['open', true, [3]]);
  });

  it('a late `closed` does not count as the first', () => {
    const fate = fateAfter(agent(10), closed(31), timeout('buyer-silent', 30));
    expect([fate.state, fate.close?.revision]).toEqual(['closed', 4]);
  });

  it('unknown types, a second `opened` and a second pin are never late', () => {
    const fate = fateAfter(agent(10), unknown(99), opened(99), { ...standard(300), occurredAtMs: atMs(99) }, buyer(12));
    expect([fate.latched, running(fate)]).toEqual([false, ['agent-silent', 372]]);
  });

  it.each([
    ['without a proof', { ...closed(30), data: { reason: 'buyer-silent' } }],
    ['with a null proof', { ...closed(30), data: { reason: 'buyer-silent', proof: null } }],
    ['for another rule than the running one', timeout('agent-silent', 30)],
    ['a millisecond before the deadline', timeout('buyer-silent', 30, -1)],
    ['a millisecond after the deadline', timeout('buyer-silent', 30, 1)],
  ])('after the latch a close %s does not count', (_, event) => {
    expect(fateAfter(agent(10), buyer(31), event)).toMatchObject({ state: 'open', latched: true, close: null });
  });

  it('after the latch Lapse’s own close counts, whatever else its proof says', () => {
    expect(fateAfter(agent(10), buyer(31), timeout('buyer-silent', 30)).close).toMatchObject({ lapsesOwn: true });
  });

  it('after the latch a close whose time as written is not the deadline does not count, though it would count as it', () => {
    const fate = fateAfter(automated(360), buyer(361), timeout('agent-silent', 359));
    expect([running(fate), fate.latched]).toEqual([['agent-silent', 360], true]);
  });

  it('without a latch the first `closed` in time counts, whatever its proof', () => {
    const early = fateAfter(agent(10), timeout('buyer-silent', 15), closed(16));
    expect(early.close).toMatchObject({ revision: 3, reason: 'buyer-silent', countedAtMs: atMs(15), lapsesOwn: false });
    expect(early.tally.ignored).toEqual([4]);
    const other = fateAfter(agent(10), timeout('queue-expired', 30));
    expect(other.close).toMatchObject({ reason: 'queue-expired', lapsesOwn: false });
    expect(other.close?.proofDue?.rule).toBe('buyer-silent');
  });

  it('what stands behind the close is ignored, however late it is', () => {
    const fate = fateAfter(agent(10), closed(12), buyer(13), closed(14), buyer(999), opened(15), standard(300));
    expect([fate.close?.revision, fate.tally.late, fate.tally.ignored]).toEqual([3, [], [4, 5, 6, 7, 8]]);
  });

  it('a close earlier than the newest event counts at the newest event’s time', () => {
    expect(fateAfter(buyer(10), closed(4)).close).toMatchObject({ occurredAtMs: atMs(4), countedAtMs: atMs(10) });
  });
});

describe('corners of the fold: time', () => {
  it('every message and `queued` in time moves the session’s time, also where no clock moves', () => {
    expect(running(fateAfter(automated(100), agent(50)))).toEqual(['buyer-silent', 120]);
    expect(running(fateAfter(queued(10), buyer(100), agent(50)))).toEqual(['buyer-silent', 120]);
    expect(running(fateAfter(queued(10), queued(100), agent(50)))).toEqual(['buyer-silent', 120]);
  });

  it('unknown types, second openings, pins and repeated ids do not', () => {
    const pinLater = { ...standard(), occurredAtMs: atMs(300) };
    const fate = fateOfAll(opened(), pinLater, unknown(100), opened(200), { ...automated(90), id: 'e0' }, agent(50));
    expect(running(fate)).toEqual(['buyer-silent', 70]);
  });

  it('late events and what stands behind a latch do not', () => {
    expect(fateAfter(agent(10), buyer(31), timeout('buyer-silent', 30)).close?.countedAtMs).toBe(atMs(30));
  });

  it('the anchor’s time in a proof is the time that counted', () => {
    expect(fateAfter(buyer(100), queued(50)).clock?.proof).toMatchObject({
      anchor: { revision: 3, type: 'queued', atMs: atMs(100) },
      deadlineAtMs: atMs(1540),
    });
  });

  it('the queue’s entry counts at the session’s time too, whatever rule runs', () => {
    const fate = fateOfAll(opened(), legacy(), buyer(100), queued(50));
    expect([running(fate), fate.waitingSinceMs]).toEqual([['agent-silent', 4420], atMs(100)]);
  });
});

describe('corners of the fold: pins', () => {
  it('holds what came before the pin', () => {
    const fate = fateOfAll(opened(), agent(10), buyer(99));
    expect([fate.state, fate.tally.held, fate.clock]).toEqual(['unpinned', [1, 2], null]);
  });

  it('at the pin folds what it held, lateness included, as if the pin had been there from the start', () => {
    const fate = fateOfAll(opened(), agent(10), buyer(31), standard(), timeout('buyer-silent', 30));
    expect([fate.state, fate.tally.late, fate.close?.proofDue?.anchor.revision]).toEqual(['closed', [2], 1]);
    expect(running(fateOfAll(opened(), agent(10), buyer(31), standard(300)))).toEqual(['agent-silent', 391]);
  });

  it('a `closed` before any pin ends the session as recorded, a later pin is ignored', () => {
    const fate = fateOfAll(opened(), agent(10), timeout('agent-silent', 9_999), standard(), buyer(11));
    expect(fate.close).toMatchObject({ revision: 2, reason: 'agent-silent', lapsesOwn: false, proofDue: null });
    expect([fate.pin, fate.tally.counted, fate.tally.ignored]).toEqual([null, [0, 1, 2], [3, 4]]);
  });

  it('the first `opened` and the first pin count', () => {
    const fate = fateOfAll(opened(), standard(50), opened(5), pin([1, 1, 1]), agent(10));
    expect([running(fate), fate.pin?.revision, fate.tally.ignored]).toEqual([['buyer-silent', 60], 1, [2, 3]]);
  });

  it('a pin whose id is taken is no pin', () => {
    expect(fateOfAll(opened(), { ...standard(50), id: 'e0' }, agent(1)).state).toBe('unpinned');
    expect(running(fateOfAll(opened(), { ...pin([1, 1, 1]), id: 'e0' }, standard(50), agent(1)))).toEqual([
      'buyer-silent',
      51,
    ]);
  });
});

describe('corners of the fold: ids and parking', () => {
  it('an id is known once any event of the stream bears it, counted or not', () => {
    const fate = fateAfter({ ...unknown(1), id: 'u' }, { ...agent(2), id: 'u' }, { ...unknown(3), id: 'u' });
    expect([running(fate), fate.tally.repeated, fate.tally.unknownTypes]).toEqual([['agent-silent', 360], [3, 4], 1]);
  });

  it('a repeated late event does not latch', () => {
    expect(fateAfter(agent(10), { ...buyer(31), id: 'e0' }).latched).toBe(false);
  });

  it.each([
    ['a message', buyer(1)],
    ['an unknown type', unknown(1)],
    ['a pin', standard()],
    ['a close', closed(1)],
  ])('a first event that is %s parks', (_, event) => {
    const fate = fateOfAll(event, opened(), standard());
    expect([fate.state, fate.parked]).toEqual(['parked', { why: 'first-not-opened', revision: 0 }]);
  });

  it('an unreadable event parks wherever it stands, also behind the close, which stays', () => {
    const fate = fateAfter(agent(1), closed(5), { ...buyer(6), readable: false });
    expect([fate.state, fate.parked?.revision, fate.close?.revision]).toEqual(['parked', 4, 3]);
  });

  it('an unreadable event parks under a known id as well', () => {
    expect(fateAfter({ ...buyer(1), id: 'e0', readable: false }).parked?.why).toBe('unreadable');
  });

  it('a stream whose name is no ULID is parked, one without events is missing', () => {
    const named = (stream: string) => fateOf({ stream, events: [{ ...opened(), id: 'a', revision: 0 }] });
    expect(named('session-17').parked).toEqual({ why: 'stream-name', revision: null });
    expect(named(`${STREAM}X`).state).toBe('parked');
    expect(named('session-81HF7YAT00AAAAAAAAAAAAAAAA').state).toBe('parked');
    expect(named(STREAM).state).toBe('unpinned');
    expect(fateOf({ stream: 'session-17', events: [] }).state).toBe('missing');
  });
});
