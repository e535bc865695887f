import { describe, expect, it } from '@jest/globals';
import { agent, atMs, automated, buyer, closed, DAY, OTHER, Play, queued, short, withId } from './given.js';

const NEW = { onClosed: 'open-new' };

/** A session that was closed by hand at 11. */
function closedAt11(): Play {
  const play = new Play();
  play.open();
  play.append(11, closed(11));
  return play;
}

describe('successors (D10)', () => {
  it('a message after the close opens one, with the predecessor’s id, pinned to the current config', () => {
    const play = closedAt11();
    play.config('change', 12, { values: { buyerReplyMinutes: 50 } });
    const answer = play.append(20, withId('x', buyer(15)), NEW);
    const [next] = play.others();
    expect(answer).toEqual({ ok: true, placed: [{ id: 'x', stream: next, revision: 2 }] });
    expect(play.story(next)).toEqual(['opened 15', 'config-version 15', 'message-from-buyer 15']);
    expect(play.log(next)[0]?.data).toMatchObject({
      merchantId: 'm',
      openedBy: 'buyer',
      previousSessionId: '01HF7YAT00AAAAAAAAAAAAAAAA',
    });
    expect(play.log(next)[1]?.data).toMatchObject({ version: 2, buyerReplyMinutes: 50, merchantRevision: 1 });
  });

  it('begins at the close when the event is older, and the event counts as that time', () => {
    const play = closedAt11();
    play.append(20, buyer(3), NEW);
    const [next] = play.others();
    expect(play.story(next)).toEqual(['opened 11', 'config-version 11', 'message-from-buyer 3']);
    expect(play.fate(next).clock?.deadlineAtMs).toBe(atMs(371));
  });

  it('"the close" that it may not precede is the time at which that counted', () => {
    const play = new Play();
    play.open();
    play.append(10, buyer(10));
    play.append(10, closed(4));
    play.append(20, buyer(6), NEW);
    expect(play.story(play.others()[0])[0]).toBe('opened 10');
  });

  it('`queued` gives a successor that is queued', () => {
    const play = closedAt11();
    play.append(12, queued(12), NEW);
    const [next] = play.others();
    expect(play.fate(next)).toMatchObject({ clock: { rule: 'queue-expired' }, waitingSinceMs: atMs(12) });
  });

  it('an automated message never opens one, nor joins an open one', () => {
    const play = closedAt11();
    expect(short(play.append(12, automated(12), NEW))).toBe('session-closed 0');
    expect(play.others()).toEqual([]);
    play.append(13, buyer(13), NEW);
    expect(short(play.append(14, automated(14), NEW))).toBe('session-closed 0');
  });

  it('three messages open exactly one: the second and the third join it', () => {
    const play = closedAt11();
    const to = [buyer(12), agent(13), buyer(14)].map((event, at) => play.append(14 + at, event, NEW));
    expect(play.others()).toHaveLength(1);
    expect(to.map((answer) => answer.ok && answer.placed[0]?.revision)).toEqual([2, 3, 4]);
  });

  it('goes to the end of the chain: a closed successor has a successor of its own', () => {
    const play = closedAt11();
    play.append(12, agent(12), NEW);
    play.append(100, buyer(100), NEW);
    const [first, second] = play.others();
    expect(play.story(first).at(-1)).toBe('closed 32');
    expect(play.log(second)[0]?.data).toMatchObject({ previousSessionId: first?.slice('session-'.length) });
    expect(play.story(second)).toEqual(['opened 100', 'config-version 100', 'message-from-buyer 100']);
    play.append(101, buyer(101), { ...NEW, stream: first });
    expect(play.others()).toHaveLength(2);
  });

  it('`closed` acts on the addressed session only', () => {
    const play = closedAt11();
    play.append(12, buyer(12), NEW);
    expect(play.append(13, closed(13), NEW)).toMatchObject({ ok: true, placed: [] });
    expect(play.fate(play.others()[0]).state).toBe('open');
  });

  it('a lapse found by the command opens the successor at once', () => {
    const play = new Play();
    play.open();
    play.append(10, agent(10));
    play.append(31, buyer(31), NEW);
    expect(play.story().at(-1)).toBe('closed 30');
    expect(play.story(play.others()[0])[0]).toBe('opened 31');
  });

  it('D7 is not held against the event that opens one: a message a day old opens one, which lapses in its turn', () => {
    const play = closedAt11();
    expect(short(play.append(11 + DAY, buyer(12), NEW))).toBe('ok');
    const [first] = play.others();
    expect(play.types(first)).toEqual(['opened', 'config-version', 'message-from-buyer']);
    play.sweep(12 + DAY);
    expect(play.story(first).at(-1)).toBe('closed 372');
  });

  it('D7 is held against an event that would join one', () => {
    const play = closedAt11();
    play.append(12, agent(12), NEW);
    play.append(32, buyer(31), NEW, 5_001);
    const [first, second] = play.others();
    expect([play.story(first).at(-1), play.story(second)[0]]).toEqual(['closed 32', 'opened 32']);
  });

  it('ids are sought in the addressed session and its successors, never in its predecessors', () => {
    const play = closedAt11();
    const first = play.append(12, withId('x', buyer(12)), NEW);
    const [next] = play.others();
    expect(play.append(90, withId('x', buyer(12)), NEW)).toEqual(first);
    expect(short(play.append(90, withId('x', agent(12)), NEW))).toBe('event-id-reused 0');
    expect(short(play.append(90, withId('x', buyer(12))))).toBe('session-closed 0');
    const closeId = play.log().at(-1)!.id;
    expect(short(play.append(90, withId(closeId, buyer(90)), { stream: next }))).toBe('ok');
  });

  it('a parked successor in the chain answers stream-parked, and leaves the addressed session alone', () => {
    const play = closedAt11();
    play.append(12, buyer(12), NEW);
    play.foreign({ ...buyer(13), readable: false }, play.others()[0]);
    expect(short(play.append(14, buyer(14), NEW))).toBe('stream-parked');
    expect(short(play.append(14, buyer(14)))).toBe('session-closed 0');
    expect(short(play.append(14, closed(14), NEW))).toBe('ok');
  });

  it('an open session takes the event itself', () => {
    const play = new Play();
    play.open();
    play.open(0, OTHER);
    play.append(5, buyer(5), NEW);
    expect(play.others()).toEqual([OTHER]);
    expect(play.types()).toHaveLength(3);
  });
});
