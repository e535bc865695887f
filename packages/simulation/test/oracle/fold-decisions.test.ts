import { describe, expect, it } from '@jest/globals';
import type { Fate } from '@lapse/simulation/oracle';
import {
  agent,
  atMs,
  automated,
  buyer,
  closed,
  fateAfter,
  fateOfAll,
  legacy,
  none,
  opened,
  queued,
  running,
  standard,
  timeout,
  unknown,
} from './given.js';

const late = (fate: Fate) => fate.tally.late;

describe('what the log alone decides', () => {
  it('D1: an event at the deadline instant is in time, one a millisecond later is late', () => {
    const atDeadline = fateAfter(agent(10), buyer(30));
    expect([running(atDeadline), late(atDeadline)]).toEqual([['agent-silent', 390], []]);
    const after = fateAfter(agent(10), buyer(30, 1));
    expect([running(after), late(after), after.latched]).toEqual([['buyer-silent', 30], [3], true]);
  });

  it('D2: the last message of the side that spoke last starts the clock', () => {
    expect(running(fateAfter(agent(1), agent(15)))).toEqual(['buyer-silent', 35]);
    expect(running(fateAfter(buyer(1), buyer(15)))).toEqual(['agent-silent', 375]);
  });

  it('D3: opening counts as the first contact, and no open session is without a deadline but under such a policy', () => {
    expect(running(fateOfAll(opened(), standard()))).toEqual(['agent-silent', 360]);
    expect(running(fateOfAll(opened(), legacy()))).toEqual(['agent-silent', 4320]);
    expect(running(fateOfAll(opened(), none()))).toEqual(['agent-silent', null]);
  });

  it('D4: a queued buyer who keeps writing waits from the queue entry on, until a human agent answers', () => {
    const writing = fateAfter(queued(10), buyer(20), buyer(300));
    expect([running(writing), writing.waitingSinceMs]).toEqual([['queue-expired', 1450], atMs(10)]);
    const greeted = fateAfter(queued(10), automated(20));
    expect([running(greeted), greeted.waitingSinceMs]).toEqual([['queue-expired', 1450], atMs(10)]);
    const answered = fateAfter(queued(10), buyer(20), agent(30));
    expect([running(answered), answered.waitingSinceMs]).toEqual([['buyer-silent', 50], null]);
  });

  it('D5: while queued the first entry counts; after an answer it is a fresh entry', () => {
    expect(running(fateAfter(queued(10), queued(500)))).toEqual(['queue-expired', 1450]);
    const fresh = fateAfter(queued(10), agent(20), queued(30));
    expect([running(fresh), fresh.waitingSinceMs]).toEqual([['queue-expired', 1470], atMs(30)]);
  });

  it('D6: a late event moves nothing and latches the lapse, so that only Lapse’s own close counts', () => {
    const latched = fateAfter(agent(10), buyer(31), buyer(25), agent(26));
    expect(running(latched)).toEqual(['buyer-silent', 30]);
    expect([latched.latched, latched.tally.late, latched.tally.ignored]).toEqual([true, [3], [4, 5]]);
    const ended = fateAfter(agent(10), buyer(31), closed(25), timeout('buyer-silent', 30));
    expect(ended.close).toMatchObject({ revision: 5, reason: 'buyer-silent', countedAtMs: atMs(30), lapsesOwn: true });
    expect([ended.tally.ignored, ended.latched]).toEqual([[4], false]);
  });

  it('D8: an event earlier than the newest counts as the newest event’s time', () => {
    const fate = fateAfter(buyer(100), agent(50));
    expect(running(fate)).toEqual(['buyer-silent', 120]);
    expect(fate.clock?.anchor).toEqual({ revision: 3, type: 'message-from-agent', atMs: atMs(100) });
  });

  it('D8: the deadline may run backwards, an agent’s answer after 1 min moves it from 360 to 21', () => {
    expect([running(fateAfter()), running(fateAfter(agent(1)))]).toEqual([
      ['agent-silent', 360],
      ['buyer-silent', 21],
    ]);
  });

  it('D8: an event before the opening counts as the opening’s time', () => {
    expect(running(fateOfAll(opened(10), standard(), agent(2)))).toEqual(['buyer-silent', 30]);
  });

  it('D9: an automated message is recorded and moves no clock', () => {
    const fate = fateAfter(automated(5), buyer(7), automated(9));
    expect([running(fate), fate.tally.messages]).toEqual([['agent-silent', 367], { buyer: 1, agent: 0, automated: 2 }]);
  });

  it('D11: unknown types are ignored and counted, even unreadable or newer ones', () => {
    const odd = { ...unknown(6), readable: false, schemaNewer: true };
    const fate = fateAfter(unknown(5), odd, agent(8));
    expect([running(fate), fate.tally.unknownTypes, fate.tally.ignored]).toEqual([['buyer-silent', 28], 2, [2, 3]]);
  });

  it('D11: a known type that cannot be parsed, or of a newer schema version, parks the stream', () => {
    const unread = fateAfter(agent(1), { ...buyer(2), readable: false }, agent(3));
    expect([unread.state, unread.parked, unread.clock]).toEqual(['parked', { why: 'unreadable', revision: 3 }, null]);
    expect(unread.tally.unheard).toEqual([3, 4]);
    const newer = fateAfter({ ...queued(1), schemaNewer: true });
    expect(newer.parked).toEqual({ why: 'newer-schema', revision: 2 });
  });

  it('D15: under policy none nothing lapses', () => {
    const fate = fateOfAll(opened(), none(), buyer(1), agent(1_000_000));
    expect([running(fate), late(fate)]).toEqual([['buyer-silent', null], []]);
  });

  it('D18: a repeated id in a foreign log is ignored and counted', () => {
    const fate = fateAfter({ ...agent(1), id: 'twice' }, { ...buyer(2), id: 'twice' }, { ...closed(3), id: 'e0' });
    expect([running(fate), fate.tally.repeated]).toEqual([
      ['buyer-silent', 21],
      [3, 4],
    ]);
  });

  it('D21: a foreign event in time counts whenever it was stored, one from the future too', () => {
    expect(running(fateAfter(agent(1), buyer(20), agent(3)))).toEqual(['buyer-silent', 40]);
    expect(running(fateAfter(buyer(359)))).toEqual(['agent-silent', 719]);
  });

  it('proves a timeout by rule, limit, version, anchor and deadline', () => {
    const anchor = { revision: 2, type: 'message-from-agent', atMs: atMs(10) };
    const proof = { rule: 'buyer-silent', limitMinutes: 20, configVersion: 1, anchor, deadlineAtMs: atMs(30) };
    expect(fateAfter(agent(10)).clock?.proof).toEqual(proof);
    expect(fateAfter(agent(10), timeout('buyer-silent', 30)).close?.proofDue).toEqual(proof);
  });
});
