import { describe, expect, it } from '@jest/globals';
import { createMemoryStore, NO_STREAM, StoreError, type EventStore, type EventToAppend } from '@lapse/store';
import { compareLogs, copyLog } from '../src/index.js';

const streamPrefixes = ['session-', 'merchant-', 'ops-'];
const STORED_AT_MS = { source: 1_000, target: 2_000 };

const newStore = (name: keyof typeof STORED_AT_MS): EventStore =>
  createMemoryStore({
    extractFacts: () => ({ kind: 1, atMs: 0, flags: 0 }),
    nowMs: () => STORED_AT_MS[name],
    identity: name,
  });

const idOf = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
let ids = 0;
const event = (given: Partial<EventToAppend> = {}): EventToAppend => ({
  id: idOf((ids += 1)),
  type: 'message-from-buyer',
  contentType: 'application/json',
  data: bytes(`{"n":${ids}}`),
  metadata: bytes('{"schemaVersion":1}'),
  ...given,
});

/** Everything about a store's events but its own time and places, in the order of the log. */
const contentOf = async (store: EventStore, prefixes = streamPrefixes): Promise<unknown[]> => {
  const page = await store.readAll({ after: 'start', maxCount: 10_000, streamPrefixes: prefixes });
  return Array.from({ length: page.size }, (_, i) => {
    const { position: _position, storedAtMs: _storedAtMs, ...content } = page.event(i);
    return { ...content, data: [...content.data], metadata: [...content.metadata] };
  });
};

/** Sessions whose events stand between each other's, a merchant's config, and what is none of Lapse's. */
const filled = async (sessions = 30): Promise<EventStore> => {
  const store = newStore('source');
  await store.append('merchant-m1', [event({ type: 'config-version' })], NO_STREAM);
  await store.append('other-system', [event(), event()], NO_STREAM);
  for (let i = 0; i < sessions; i += 1) await store.append(`session-${i}`, [event(), event()], NO_STREAM);
  for (let i = 0; i < sessions; i += 2) await store.append(`session-${i}`, [event()], 1);
  await store.append('merchant-m1', [event({ type: 'config-version' })], 0);
  await store.append('ops-streams', [event({ type: 'stream-parked' })], NO_STREAM);
  return store;
};

/** A store whose appends stop working, with or without having been written, after some have. */
const failingAfter = (store: EventStore, appends: number, { written }: { written: boolean }): EventStore => {
  let left = appends;
  const append: EventStore['append'] = async (...args) => {
    if (left <= 0) {
      if (written) await store.append(...args);
      throw new StoreError('append-ambiguous', 'the connection is gone');
    }
    left -= 1;
    return store.append(...args);
  };
  return Object.assign(Object.create(store) as EventStore, { append });
};

describe('copying a log', () => {
  it('takes sessions, merchants and operations over in the order of the log, byte for byte, and nothing else', async () => {
    const [from, to] = [await filled(), newStore('target')];
    const odd = {
      contentType: 'application/octet-stream',
      data: Uint8Array.of(0, 255, 34),
      metadata: bytes('no json'),
    };
    await from.append('session-odd', [event(odd as Partial<EventToAppend>), event({ data: bytes('{"broken":') })], -1);
    const summary = await copyLog({ from, to, streamPrefixes });
    expect(await contentOf(to)).toEqual(await contentOf(from));
    expect(await contentOf(to, ['other-'])).toEqual([]);
    expect(summary).toEqual({ finished: true, copied: 80, alreadyThere: 0, compared: 80, bigIntegerEvents: 0 });
  });

  it('adds nothing when it is done again, and goes on where the source has grown', async () => {
    const [from, to] = [await filled(), newStore('target')];
    await copyLog({ from, to, streamPrefixes });
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ copied: 0, alreadyThere: 78, compared: 78 });
    await from.append('session-1', [event()], 1);
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ copied: 1, alreadyThere: 78, compared: 79 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
  });

  it.each([
    ['before it was written', false],
    ['after it was written', true],
  ])('goes on wherever an append was lost %s', async (_when, written) => {
    const from = await filled(6);
    for (let appends = 0; appends <= 12; appends += 1) {
      const to = newStore('target');
      const broken = copyLog({ from, to: failingAfter(to, appends, { written }), streamPrefixes });
      if (appends < 12) await expect(broken).rejects.toMatchObject({ code: 'append-ambiguous' });
      await broken.catch(() => undefined);
      expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ finished: true, compared: 18 });
      expect(await contentOf(to)).toEqual(await contentOf(from));
    }
  });

  it('goes on where an earlier run cut its appends elsewhere', async () => {
    const [from, to] = [newStore('source'), newStore('target')];
    const events = Array.from({ length: 7 }, () => event());
    await from.append('session-1', events, NO_STREAM);
    await to.append('session-1', events.slice(0, 3), NO_STREAM);
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ copied: 4, alreadyThere: 3, compared: 7 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
  });

  it('goes on in a target that has the same streams in another order', async () => {
    const [from, to] = [newStore('source'), newStore('target')];
    const [a, b] = [event(), event()];
    await from.append('session-a', [a], NO_STREAM);
    await from.append('session-b', [b], NO_STREAM);
    await to.append('session-b', [b], NO_STREAM);
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ finished: true, compared: 2 });
  });

  it('stops between two appends when it is told to, and a second run goes on', async () => {
    const [from, to, stop] = [await filled(), newStore('target'), new AbortController()];
    const onProgress = ({ events }: { events: number }): void => {
      if (events >= 10) stop.abort();
    };
    const stopped = await copyLog({ from, to, streamPrefixes, onProgress, signal: stop.signal });
    expect(stopped).toMatchObject({ finished: false });
    expect((await contentOf(to)).length).toBeLessThan(78);
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ finished: true, compared: 78 });
  });

  it('counts events with integers beyond 2^53, which are copied as bytes', async () => {
    const [from, to] = [newStore('source'), newStore('target')];
    const texts = [
      '{"n":9007199254740993}',
      '[-12345678901234567890]',
      '{"n":9007199254740991}',
      '{"n":0.12345678901234567}',
    ];
    const inText = '{"n":"a, 12345678901234567890, \\" 12345678901234567890"}';
    const events = [...texts, inText].map((text) => event({ data: bytes(text) }));
    await from.append('session-1', events, NO_STREAM);
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ copied: 5, bigIntegerEvents: 2 });
    expect(await contentOf(to)).toEqual(await contentOf(from));
  });

  it('cuts what is too much for one append, and lets an event go alone that is large', async () => {
    const [from, to] = [newStore('source'), newStore('target')];
    const sizes = [200_000, 900_000, 200_000, 100, 100];
    for (const [i, size] of sizes.entries()) {
      await from.append(
        'session-1',
        [event({ data: new Uint8Array(size), contentType: 'application/octet-stream' })],
        i - 1,
      );
    }
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ copied: 5, compared: 5 });
  });

  it('says which event its target refuses', async () => {
    const [from, to] = [newStore('source'), newStore('target')];
    await from.append('session-1', [event()], NO_STREAM);
    const broken = copyLog({ from, to: failingAfter(to, 0, { written: false }), streamPrefixes });
    await expect(broken).rejects.toThrow('copying session-1 revision 0: the connection is gone');
  });
});

describe('a target that holds something else', () => {
  const refusal = async (from: EventStore, to: EventStore): Promise<unknown> => {
    const before = await contentOf(to);
    const refused: unknown = await copyLog({ from, to, streamPrefixes }).catch((error: unknown) => error);
    expect(await contentOf(to)).toEqual(before);
    return refused;
  };

  it('is refused before anything is written, with the stream and the revision', async () => {
    const [from, to] = [await filled(), newStore('target')];
    await to.append('session-mine', [event()], NO_STREAM);
    expect(await refusal(from, to)).toMatchObject({
      code: 'copy-differs',
      message: 'the logs differ at session-mine revision 0: the source does not have it',
    });
  });

  it.each([
    ['id', { id: idOf(999_999) }],
    ['type', { type: 'queued' }],
    ['content type', { contentType: 'application/octet-stream' as const }],
    ['data', { data: bytes('{"n":0}') }],
    ['metadata', { metadata: bytes('{}') }],
  ])('is refused for another %s', async (part, other) => {
    const [from, to] = [newStore('source'), newStore('target')];
    const [first, second] = [event(), event()];
    await from.append('session-1', [first, second], NO_STREAM);
    await to.append('session-1', [first, { ...second, ...other }], NO_STREAM);
    expect(await refusal(from, to)).toMatchObject({
      code: 'copy-differs',
      message: `the logs differ at session-1 revision 1: its ${part} differs`,
    });
  });

  it('is refused for an event more at the end of a stream', async () => {
    const [from, to] = [await filled(), newStore('target')];
    await copyLog({ from, to, streamPrefixes });
    await to.append('session-1', [event()], 1);
    expect(await refusal(from, to)).toMatchObject({
      message: 'the logs differ at session-1 revision 2: the source does not have it',
    });
  });

  it('may hold other systems’ streams', async () => {
    const [from, to] = [await filled(), newStore('target')];
    await to.append('other-system', [event()], NO_STREAM);
    expect(await copyLog({ from, to, streamPrefixes })).toMatchObject({ finished: true, compared: 78 });
  });
});

describe('comparing two logs', () => {
  it('finds them the same, whatever the order of their streams', async () => {
    const [a, b] = [newStore('source'), newStore('target')];
    const events = Array.from({ length: 100 }, () => event());
    for (const [i, one] of events.entries()) await a.append(`session-${i}`, [one], NO_STREAM);
    for (const [i, one] of [...events.entries()].reverse()) await b.append(`session-${i}`, [one], NO_STREAM);
    const same = await compareLogs({ from: a, to: b, streamPrefixes });
    expect(same).toEqual({ events: 100, bigIntegerEvents: 0, difference: undefined });
  });

  it('names what the target lacks', async () => {
    const [a, b] = [await filled(), newStore('target')];
    await copyLog({ from: a, to: b, streamPrefixes });
    await a.append('session-4', [event()], 2);
    const { difference } = await compareLogs({ from: a, to: b, streamPrefixes });
    expect(difference).toEqual({ stream: 'session-4', revision: 3, what: 'the target does not have it' });
  });
});
