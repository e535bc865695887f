import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KIND_UNCERTAIN, type AllPage, type FactsExtractor, type Position, type RecordedEvent } from '@lapse/store';
import { openLogFile } from '../src/log-file.js';
import { Names } from '../src/names.js';
import { PayloadReader, type PayloadRow } from '../src/payloads.js';
import { everything } from './lib/everything.js';
import { newEvent, newEvents, TempStores } from './lib/temp-store.js';

let stores: TempStores;
beforeEach(() => {
  stores = new TempStores();
});
afterEach(() => stores.dispose());

const ofKind = (kind: number): ReturnType<typeof newEvent> => newEvent({ data: new Uint8Array([kind, 1, 2]) });

describe('a page of the log', () => {
  it('gives facts and payloads in every order in which they may be asked for', async () => {
    const store = await stores.write();
    const events = Array.from({ length: 300 }, (_, i) => ofKind(i % 5));
    await store.append('a', events, -1);
    for (const payloadOfKinds of [undefined, [], [0], [1, 3], [0, 1, 2, 3, 4]]) {
      const page = await store.readAll({ after: 'start', ...(payloadOfKinds && { payloadOfKinds }) });
      for (const i of [299, 0, 150, 151, 7, 298, 1]) {
        expect(page.kind(i)).toBe(i % 5);
        expect(page.flags(i)).toBe(3);
        expect(page.event(i)).toMatchObject({ id: events[i]!.id, revision: i, position: String(i + 1) });
      }
    }
  });

  it('tells when each event was stored, of filtered pages too', async () => {
    let nowMs = 1_700_000_000_000;
    const store = await stores.write({ nowMs: () => (nowMs += 1000) });
    for (const stream of ['a-1', 'b-1', 'a-1', 'b-1']) await store.append(stream, newEvents(1), 'any');
    const page = await store.readAll({ after: 'start', streamPrefixes: ['b-'] });
    expect([page.size, page.storedAtMs(0), page.storedAtMs(1)]).toEqual([2, 1_700_000_002_000, 1_700_000_004_000]);
    expect(page.event(1).storedAtMs).toBe(1_700_000_004_000);
  });

  it('hands out the text of what was asked for, and of nothing that could be taken for another text', async () => {
    const store = await stores.write();
    const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
    const texts = ['', '{"a":"\u00e9\u{1f600}"}', 'x'.repeat(3_000), '{}'].map((text) => ` ${text}`);
    const events = texts.map((text, i) => newEvent({ data: utf8(text), metadata: utf8(`m${i}`) }));
    await store.append('a', [...events, ofKind(9)], -1);
    const textsOf = (page: AllPage): unknown[] => Array.from({ length: page.size }, (_, i) => page.text(i));
    const expected = texts.map((data, i) => (data.length > 2_048 ? undefined : { data, metadata: `m${i}` }));
    const page = await store.readAll({ after: 'start', payloadOfKinds: [32] });
    expect(textsOf(page)).toEqual([...expected, undefined]);
    const ofHighKinds = await store.readAll({ after: 'start', payloadOfKinds: [32, 200] });
    expect(textsOf(ofHighKinds)).toEqual([...expected, undefined]);

    for (const [i, strange] of [utf8(' {"b":"\u0001"}'), utf8(' a\u0000b'), new Uint8Array([32, 0xe2, 1])].entries()) {
      const after = await store.headPosition();
      await store.append(`b-${i}`, [newEvent({ data: utf8(' {}') }), newEvent({ data: strange })], -1);
      const mixed = await store.readAll({ after, payloadOfKinds: [32] });
      // Where the binding hands such text out whole it is right; what must not happen is that it is taken for another.
      const told = Array.from({ length: mixed.size }, (_, at) => mixed.text(at)?.data);
      for (const [at, data] of [utf8(' {}'), strange].entries()) {
        expect([undefined, Buffer.from(data).toString('utf8')]).toContainEqual(told[at]);
      }
      expect([...mixed.event(1).data]).toEqual([...strange]);
    }
  });

  it('tells the place of each event in a file from which somebody has taken one', async () => {
    const store = await stores.write();
    await store.append('a', newEvents(5), -1);
    await store.close();
    const { database } = openLogFile(stores.file, { readOnly: false, busyTimeoutMs: 0 });
    database.exec('DROP TRIGGER no_delete_of_events; DELETE FROM events WHERE position = 2');
    database.close();
    const page = await (await stores.write()).readAll({ after: 'start', maxCount: 3 });
    expect(Array.from({ length: page.size }, (_, i) => [page.position(i), page.revision(i)])).toEqual([
      ['1', 0],
      ['3', 2],
      ['4', 3],
    ]);
    expect([page.scannedTo, page.atEnd]).toEqual(['4', false]);
  });

  it('refuses to tell of an event that is not on it', async () => {
    const store = await stores.write();
    await store.append('a', newEvents(2), -1);
    const page = await store.readAll({ after: 'start' });
    for (const i of [-1, 2, 0.5, Number.NaN]) expect(() => page.kind(i)).toThrow(/index/);
  });

  it('may be used until the store closes, and says so afterwards', async () => {
    const store = await stores.write();
    await store.append('a', newEvents(2), -1);
    const page = await store.readAll({ after: 'start' });
    await store.close();
    expect(page.kind(0)).toBe(0x7b);
    expect(() => page.event(0)).toThrow(expect.objectContaining({ code: 'store-closed' }));
  });

  it('holds few payloads at a time, however long they are, and gives all of them', async () => {
    const store = await stores.write();
    const lengths = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? 1_000_000 : 1000 + i));
    for (const [i, length] of lengths.entries()) {
      await store.append('a', [newEvent({ data: new Uint8Array(length).fill(i) })], i - 1);
    }
    const page = await store.readAll({ after: 'start' });
    const seen = Array.from({ length: page.size }, (_, i) => page.event(i).data);
    expect(seen.map(({ byteLength }) => byteLength)).toEqual(lengths);
    expect(seen.every((data, i) => data[0] === i && data.at(-1) === i)).toBe(true);

    const { database } = openLogFile(stores.file, { readOnly: true, busyTimeoutMs: 0 });
    for (let i = 0; i < 1000; i += 20) {
      await store.append(
        'b',
        Array.from({ length: 20 }, () => newEvent({ data: new Uint8Array(40_000) })),
        i - 1,
      );
    }
    const held = new Map<number, PayloadRow>();
    const heldTo = new PayloadReader(database).between(1, 1040, undefined, held);
    expect(heldTo).toBe(held.size);
    expect(held.size).toBeLessThan(500);
    database.close();
  });
});

describe('a page of one stream', () => {
  it('ends early where its events are very long, and the next one goes on from there', async () => {
    const store = await stores.write();
    for (let i = 0; i < 300; i += 1) {
      await store.append('a', [newEvent({ data: new Uint8Array(i < 200 ? 200_000 : 10) })], i - 1);
    }
    for (const direction of ['forwards', 'backwards'] as const) {
      const events: RecordedEvent[] = [];
      const sizes: number[] = [];
      for (let atEnd = false; !atEnd;) {
        const last = events.at(-1)?.revision;
        const from = last === undefined ? undefined : last + (direction === 'forwards' ? 1 : -1);
        const page = await store.readStream('a', { direction, maxCount: 300, ...(from !== undefined && { from }) });
        if (page.kind === 'no-stream') throw new Error('the stream is missing');
        events.push(...page.events);
        sizes.push(page.events.length);
        atEnd = page.atEnd;
      }
      expect(sizes.length).toBeGreaterThan(1);
      const revisions = Array.from({ length: 300 }, (_, i) => (direction === 'forwards' ? i : 299 - i));
      expect(events.map(({ revision }) => revision)).toEqual(revisions);
    }
  });
});

describe('an extractor that fails', () => {
  const broken: [string, FactsExtractor][] = [
    ['throws', () => { throw new Error('no idea'); }], // prettier-ignore
    ['tells a time that is none', () => ({ kind: 1, atMs: Number.NaN, flags: 0 })],
    ['tells a kind beyond its bounds', () => ({ kind: 256, atMs: 0, flags: 0 })],
    ['tells flags of more than 31 bits', () => ({ kind: 1, atMs: 0, flags: 2 ** 31 })],
    ['tells nothing', () => undefined as never],
  ];
  it.each(broken)('costs no event when it %s: a later one is asked again', async (_, extractFacts) => {
    const first = await stores.write({ extractFacts });
    const event = ofKind(4);
    expect(await first.append('a', [event], -1)).toMatchObject({ kind: 'appended' });
    const uncertain = await first.readAll({ after: 'start' });
    expect([uncertain.kind(0), uncertain.atMs(0), uncertain.flags(0)]).toEqual([KIND_UNCERTAIN, 0, 0]);
    await first.close();
    const second = await stores.write();
    const page = await second.readAll({ after: 'start', payloadOfKinds: [] });
    expect([page.kind(0), page.atMs(0), page.flags(0)]).toEqual([4, 1_700_000_000_000, 3]);
    expect(page.event(0).id).toBe(event.id);
  });
});

describe('reading for long', () => {
  it('lets timers and appends have their turn, also of a caller who awaits one read after another', async () => {
    const store = await stores.write();
    await store.append('a', newEvents(100), -1);
    let isDone = false;
    const appending = store.append('b', newEvents(1), -1).then(() => {
      isDone = true;
    });
    let reads = 0;
    while (!isDone && reads < 10_000) {
      await store.readStream('a');
      reads += 1;
    }
    expect(isDone).toBe(true);
    await appending;
  });

  it('follows one log of many streams through caches that are smaller than it', async () => {
    const store = await stores.write({ streamCacheMax: 8 });
    const names = Array.from({ length: 200 }, (_, i) => `stream-${i % 90}`);
    for (const name of names) await store.append(name, newEvents(1), 'any');
    const seen = await everything(store);
    expect(seen.map(({ stream }) => stream)).toEqual(names);
    expect(await store.append('stream-3', newEvents(1), 2)).toMatchObject({ lastRevision: 3 });
    const after = String(100) as Position;
    const page = await store.readAll({ after, streamPrefixes: ['stream-1'] });
    expect(page.stream(0)).toBe(names.slice(100).find((name) => name.startsWith('stream-1')));
    await store.close();

    const { database } = openLogFile(stores.file, { readOnly: true, busyTimeoutMs: 0 });
    const few = new Names(database, 'streams', 64);
    const keys = Array.from({ length: 90 }, (_, i) => i + 1);
    for (const key of [...keys, ...keys.toReversed(), 1, 65, 1, 2]) expect(few.nameOf(key)).toBe(`stream-${key - 1}`);
    expect(few.keyOf('stream-0')).toBe(1);
    expect(() => few.nameOf(91)).toThrow(/which is missing/);
    database.close();
  });
});
