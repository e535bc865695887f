import { describe, expect, it } from '@jest/globals';
import type { NewEvent, World, WorldEvent } from '@lapse/simulation/oracle';
import { invariants } from '@lapse/simulation/oracle';
import { agent, atMs, buyer, closed, DAY, opened, Play, standard, STREAM, unknown } from './given.js';

const NEW = { onClosed: 'open-new' };

/** Opened at 0, answered at 10, lapsed at 30; a successor at 100. */
function lived(): Play {
  const play = new Play();
  play.open();
  play.append(10, agent(10));
  play.append(100, buyer(100), NEW);
  return play;
}

/** The world with one event of a stream changed, as no right engine would have written it. */
function broken(play: Play, revision: number, change: Partial<WorldEvent>, stream = STREAM): World {
  const log = play.log(stream).map((event) => (event.revision === revision ? { ...event, ...change } : event));
  return { ...play.world, sessions: { ...play.world.sessions, [stream]: log } };
}

function behind(play: Play, event: Omit<NewEvent, 'id'> & { id?: string }, stream = STREAM): World {
  const log = play.log(stream);
  const added = { id: 'added', readable: true, ...event, revision: log.length, position: 1_000 };
  return { ...play.world, sessions: { ...play.world.sessions, [stream]: [...log, added] } };
}

const promises = (world: World, options = {}) => [...new Set(invariants(world, options).map(({ promise }) => promise))];

describe('the invariants', () => {
  it('hold in a world that kept the rules', () => {
    const play = lived();
    play.sweep(9 * DAY);
    expect(invariants(play.world, { quiescentAtMs: atMs(9 * DAY) })).toEqual([]);
  });

  it('notice a second close, and anything of Lapse’s own behind the close', () => {
    expect(promises(behind(lived(), closed(40)))).toEqual(['one-close', 'close-last']);
    expect(promises(behind(lived(), buyer(40)))).toEqual(['close-last']);
    expect(promises(behind(lived(), { ...buyer(40), foreign: true }))).toEqual([]);
  });

  it('notice a timeout close with a wrong rule, instant, id or proof', () => {
    const play = lived();
    const { data } = play.log()[3]!;
    const proof = data['proof'] as object;
    expect(promises(broken(play, 3, { data: { ...data, reason: 'agent-silent' } }))).toEqual(['close-right']);
    expect(promises(broken(play, 3, { id: 'another' }))).toEqual(['close-right']);
    for (const wrong of [{ limitMinutes: 21 }, { configVersion: 2 }, { deadlineAtMs: 1 }, { anchor: { revision: 0 } }])
      expect(promises(broken(play, 3, { data: { ...data, proof: { ...proof, ...wrong } } }))).toEqual(['close-right']);
    expect(promises(broken(play, 3, { data: { reason: 'buyer-silent' } }))).toEqual(['close-right']);
  });

  it('notice a close that came early, or was noticed early', () => {
    const early = promises(broken(lived(), 3, { occurredAtMs: atMs(29) }));
    expect(early).toEqual(['close-right', 'close-early', 'successor-whole']);
    expect(promises(broken(lived(), 3, { noticedAtMs: atMs(30) }))).toEqual(['close-early']);
  });

  it('notice a close and a pin that are missing at rest', () => {
    const play = lived();
    expect(promises(play.world, { quiescentAtMs: atMs(460, 5_000) })).toEqual([]);
    expect(promises(play.world, { quiescentAtMs: atMs(460, 5_001) })).toEqual(['close-missing']);
    const bare = new Play();
    bare.foreign(opened(0));
    expect(promises(bare.world, { quiescentAtMs: atMs(0) })).toEqual(['pin-missing']);
  });

  it('notice acknowledged events that are gone, doubled or out of order', () => {
    const play = new Play();
    play.open();
    const answer = play.append(10, [buyer(10), agent(10)]);
    const placed = answer.ok ? answer.placed : [];
    expect(promises(play.world, { acknowledged: [placed] })).toEqual([]);
    expect(promises(play.world, { acknowledged: [[...placed].reverse()] })).toEqual(['acknowledged-order']);
    expect(promises(broken(play, 3, { id: 'gone' }), { acknowledged: [placed] })).toEqual(['acknowledged-once']);
    const twice = behind(play, { ...buyer(11), id: placed[0]!.id });
    expect(promises(twice, { acknowledged: [placed] })).toEqual(['ids-unique', 'acknowledged-once']);
  });

  it('notice a chain that is torn, or begins before its predecessor’s close', () => {
    const play = lived();
    const [next] = play.others();
    const { data } = play.log(next)[0]!;
    const early = { ...broken(play, 0, { occurredAtMs: atMs(29) }, next) };
    expect(promises(early)).toContain('successor-whole');
    const foundling = { data: { ...data, previousSessionId: '01HF7YAT00ZZZZZZZZZZZZZZZZ' } };
    expect(promises(broken(play, 0, foundling, next))).toEqual(['successor-whole']);
    expect(promises(broken(play, 0, { data: { ...data, merchantId: 'n' } }, next))).toContain('successor-whole');
  });

  it('notice a pin that is no copy, has another time, or names a version that was not in force', () => {
    const play = new Play();
    play.config('change', 0, { values: { buyerReplyMinutes: 50 } });
    play.open(1);
    play.config('change', 2, { values: { buyerReplyMinutes: 60 } });
    const { data } = play.log()[1]!;
    const copyOf = (revision: number) => ({ data: { ...play.merchant()[revision]!.data, merchantRevision: revision } });
    expect(promises(play.world)).toEqual([]);
    expect(promises(broken(play, 1, { data: { ...data, buyerReplyMinutes: 51 } }))).toEqual(['pin-right']);
    expect(promises(broken(play, 1, { occurredAtMs: atMs(2) }))).toEqual(['pin-right']);
    expect(promises(broken(play, 1, copyOf(2)))).toEqual(['pin-right']);
    expect(promises(broken(play, 1, { data: { ...data, merchantRevision: 7 } }))).toEqual(['pin-right']);
    expect(promises(broken(play, 1, copyOf(0)))).toEqual(['pin-raced']);
    expect(promises(broken(play, 1, copyOf(0)), { concurrent: true })).toEqual([]);
  });

  it('notice a version that repeats the one before', () => {
    const play = new Play();
    play.config('rollout', 0);
    const again = { ...play.merchant()[0]!, id: 'again', revision: 1, position: 9 };
    const world = { ...play.world, merchants: { m: [...play.merchant(), again] } };
    expect(promises(world)).toEqual(['config-once']);
  });

  it('hold strangers to nothing', () => {
    const play = new Play();
    play.foreign(opened(0));
    play.foreign(standard(300));
    play.foreign(agent(10));
    play.foreign(unknown(11));
    play.foreign({ ...closed(12), data: { reason: 'agent-silent' } });
    play.foreign(closed(13));
    expect(promises(play.world, { quiescentAtMs: atMs(DAY) })).toEqual([]);
  });
});
