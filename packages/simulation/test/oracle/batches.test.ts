import { describe, expect, it } from '@jest/globals';
import { agent, automated, buyer, closed, DAY, OTHER, Play, queued, short, withId } from './given.js';

const NEW = { onClosed: 'open-new' };

/** Agent answered at 10, so that buyer-silent runs out at 30. */
function answered(): Play {
  const play = new Play();
  play.open();
  play.append(10, agent(10));
  return play;
}

function closedAt11(): Play {
  const play = answered();
  play.append(11, closed(11));
  return play;
}

describe('batches', () => {
  it('are all or nothing, in their order', () => {
    const play = answered();
    const answer = play.append(12, [withId('a', buyer(11)), withId('b', agent(12)), withId('c', queued(12))]);
    expect(answer.ok && answer.placed.map(({ id, revision }) => `${id} ${revision}`)).toEqual(['a 3', 'b 4', 'c 5']);
    const before = play.log();
    expect(short(play.append(13, [buyer(13), buyer(14)]))).toBe('in-the-future 1');
    expect(play.log()).toEqual(before);
  });

  it('whatever follows a `closed` crosses', () => {
    for (const last of [buyer(12), automated(12), queued(12), closed(12)]) {
      const play = answered();
      expect(short(play.append(12, [buyer(11), closed(12), last]))).toBe('batch-crosses-close 2');
      expect(play.types()).toHaveLength(3);
    }
    expect(short(answered().append(12, [buyer(11), closed(12)]))).toBe('ok');
    expect(short(closedAt11().append(12, [closed(12), closed(12)]))).toBe('batch-crosses-close 1');
    expect(short(closedAt11().append(12, [closed(12), buyer(12)], NEW))).toBe('batch-crosses-close 1');
  });

  it('a lapse inside the batch crosses, before the revision is looked at', () => {
    const play = answered();
    const wrong = { expectedRevision: 99 };
    expect(short(play.append(30, [agent(12), buyer(33)], wrong, 4_000))).toBe('in-the-future 1');
    play.append(12, buyer(12));
    // The agent's answer of minute 13 is in time, and at its receipt the new limit of minute 33 has long run out.
    expect(short(play.append(100, [agent(13), buyer(33)], wrong))).toBe('batch-crosses-close 1');
    expect(short(play.append(100, [agent(13), buyer(90)], { ...wrong, ...NEW }))).toBe('batch-crosses-close 1');
    expect(short(play.append(100, [agent(13), closed(13)], wrong))).toBe('batch-crosses-close 1');
    expect(short(play.append(100, agent(13), wrong))).toBe('wrong-revision');
    expect(play.types()).toHaveLength(4);
  });

  it('a refused batch writes nothing but closes due before its first event', () => {
    const play = answered();
    expect(short(play.append(31, [closed(31), buyer(31)], NEW))).toBe('batch-crosses-close 1');
    expect(play.story().slice(3)).toEqual(['closed 30']);
    expect(play.others()).toEqual([]);
    const other = answered();
    expect(short(other.append(31, [buyer(31), closed(31)], NEW))).toBe('batch-crosses-close 1');
    expect([other.types().at(-1), other.others()]).toEqual(['closed', []]);
  });

  it('all of it goes to the successor that its first event opens', () => {
    const play = closedAt11();
    const answer = play.append(14, [buyer(12), queued(13), agent(14)], NEW);
    const [next] = play.others();
    expect(play.story(next).slice(2)).toEqual(['message-from-buyer 12', 'queued 13', 'message-from-agent 14']);
    expect(answer.ok && answer.placed.map(({ revision }) => revision)).toEqual([2, 3, 4]);
  });

  it('crosses where a second event would need a second successor: two messages a day old', () => {
    const play = closedAt11();
    expect(short(play.append(11 + DAY, [buyer(12), buyer(13)], NEW))).toBe('batch-crosses-close 1');
    expect(play.others()).toEqual([]);
  });

  it('an automated message behind one that goes to a successor refuses it with session-closed', () => {
    const play = closedAt11();
    expect(play.append(12, [buyer(12), automated(12)], NEW)).toMatchObject({
      code: 'session-closed',
      index: 1,
      close: { reason: 'by-agent', revision: 3 },
    });
    expect(short(play.append(12, [buyer(12), automated(12), closed(12)], NEW))).toBe('session-closed 1');
    expect(short(play.append(12, [buyer(12), closed(12), automated(12)], NEW))).toBe('batch-crosses-close 1');
    expect(play.others()).toEqual([]);
  });

  it('an automated message inside a batch to an open session goes with it', () => {
    expect(short(answered().append(12, [buyer(12), automated(12), agent(12)], NEW))).toBe('ok');
    const play = answered();
    expect(short(play.append(31, [automated(12), buyer(12)], NEW))).toBe('session-closed 0');
  });

  it('on a closed session is refused as its first event is', () => {
    expect(short(closedAt11().append(12, [buyer(12), closed(12)]))).toBe('session-closed 0');
  });
});

describe('ids in batches', () => {
  it('event-id-reused comes before batch-half-known, also for an id twice in one batch', () => {
    const play = answered();
    play.append(11, withId('x', buyer(11)));
    expect(short(play.append(12, [withId('x', buyer(11)), withId('y', buyer(12)), withId('y', buyer(12))]))).toBe(
      'event-id-reused 2',
    );
    expect(short(play.append(12, [withId('y', buyer(12)), withId('x', agent(11))]))).toBe('event-id-reused 1');
    expect(short(play.append(12, [withId('x', buyer(11)), withId('x', buyer(11))]))).toBe('event-id-reused 1');
  });

  it('batch-half-known names the first event whose knownness differs from the first one’s', () => {
    const play = answered();
    play.append(11, [withId('x', buyer(11)), withId('y', buyer(11))]);
    const [x, y] = [withId('x', buyer(11)), withId('y', buyer(11))];
    expect(short(play.append(12, [x, y, buyer(12)]))).toBe('batch-half-known 2');
    expect(short(play.append(12, [buyer(12), buyer(12), y]))).toBe('batch-half-known 2');
    expect(short(play.append(12, [buyer(99), x]))).toBe('batch-half-known 1');
  });

  it('an all known batch is answered as the first time, wherever its events went', () => {
    const play = closedAt11();
    const batch = [withId('x', buyer(12)), withId('y', queued(12))];
    const first = play.append(12, batch, NEW);
    play.sweep(9 * DAY);
    expect(play.append(10 * DAY, batch, NEW)).toEqual(first);
    expect(short(play.append(10 * DAY, batch))).toBe('session-closed 0');
  });

  it('a `closed` is not sought in successors', () => {
    const play = closedAt11();
    const [next] = (play.append(12, buyer(12), NEW), play.others());
    play.append(13, withId('c', closed(13)), { stream: next });
    expect(play.append(14, withId('c', closed(13)), NEW)).toMatchObject({
      ok: true,
      placed: [],
      close: { revision: 3 },
    });
  });

  it('ids before existence, existence before future', () => {
    const play = new Play();
    expect(short(play.append(0, [buyer(99), buyer(99)], { stream: OTHER }))).toBe('no-such-session');
  });
});
