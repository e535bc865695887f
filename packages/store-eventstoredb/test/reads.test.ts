import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { NO_STREAM, type RecordedEvent } from '@lapse/store';
import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { openOver, type Opened } from './support/ambient.js';
import { codeOf, event, events, idsOf, until, wholeStream } from './support/events.js';
import type { ReadFate, ReadSeen } from './support/fates.js';
import { storeWith } from './support/with-store.js';

const REAL_NODE = process.env['LAPSE_ESDB_URL'];
const QUICK = { readIdleMs: 100, readTotalMs: 3000, backoffFirstMs: 2, backoffMaxMs: 10 };

const withStore = storeWith({ deadlines: QUICK });

/** Everything in pages, by the order of all events. */
const everything = async (store: Opened, maxCount = 100): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  let after: Parameters<Opened['readAll']>[0]['after'] = 'start';
  for (let pages = 0; pages < 1000; pages += 1) {
    const page = await store.readAll({ after, maxCount });
    for (let i = 0; i < page.size; i += 1) all.push(page.event(i));
    if (page.atEnd) return all;
    after = page.scannedTo;
  }
  throw new Error('no end');
};

/** Every second read breaks off after a few messages. */
const breaking =
  (kind: 'end' | 'silent' | 'cut' | 'fail') =>
  ({ n }: ReadSeen): ReadFate => {
    if (n % 2 === 0) return { kind: 'serve' };
    if (kind === 'fail') return { kind, afterMessages: 3, code: status.UNAVAILABLE };
    return { kind, afterMessages: 3 };
  };

describe('a read that breaks off', () => {
  it.each(['silent', 'cut', 'fail'] as const)(
    '%s: goes on behind the last event that came, without gap or repeat',
    (kind) =>
      withStore(async ({ server, store }) => {
        await store.append('s', events(40), NO_STREAM);
        const stored = idsOf(server.log.stream('s'));
        server.switches.read = breaking(kind);
        expect(idsOf(await wholeStream(store, 's'))).toEqual(stored);
        const backwards = await store.readStream('s', { direction: 'backwards', from: 30 });
        expect(backwards.kind === 'page' && idsOf(backwards.events)).toEqual(stored.slice(0, 31).reverse());
        expect(idsOf(await everything(store, 7))).toEqual(stored);
        expect(await store.headPosition()).toBe('4000/4000');
      }),
  );

  it.each(['silent', 'fail'] as const)('%s: is over when all that was asked for had come', (kind) =>
    withStore(async ({ server, store }) => {
      await store.append('s', events(10), NO_STREAM);
      const stored = idsOf(server.log.stream('s'));
      let reads = 0;
      // One more than a page is asked for, to know whether it is the last.
      server.switches.read = () => {
        reads += 1;
        return { kind, afterMessages: 3, code: status.UNAVAILABLE };
      };
      const page = await store.readStream('s', { from: 4, maxCount: 2 });
      expect(page.kind === 'page' && idsOf(page.events)).toEqual(stored.slice(4, 6));
      expect(reads).toBe(1);
      // Backwards nothing comes behind the first event, however many were asked for.
      await store.append('short', events(3), NO_STREAM);
      reads = 0;
      const whole = await store.readStream('short', { direction: 'backwards', from: 'end', maxCount: 50 });
      expect(whole.kind === 'page' && idsOf(whole.events)).toEqual(idsOf(server.log.stream('short')).reverse());
      expect(reads).toBe(1);
    }),
  );

  it('fails as unavailable, with the reason, when nothing comes for its whole time', () =>
    withStore(
      async ({ server, store }) => {
        await store.append('s', events(3), NO_STREAM);
        server.switches.read = () => ({ kind: 'silent', afterMessages: 0 });
        await expect(codeOf(store.readStream('s'))).resolves.toBe('store-unavailable');
        await expect(store.readAll({ after: 'start' })).rejects.toThrow(/nothing came/);
      },
      { deadlines: { ...QUICK, readTotalMs: 300 } },
    ));

  it('is not tried again where access is denied', () =>
    withStore(async ({ server, store }) => {
      server.switches.read = () => ({ kind: 'fail', afterMessages: 0, code: status.PERMISSION_DENIED });
      await expect(codeOf(store.readStream('s'))).resolves.toBe('access-denied');
      expect(server.reads.reads).toBe(1);
    }));
});

describe('a reader that leaves early', () => {
  it('frees its call on the server, 1 000 times by break, error, abort and a signal among reads', () =>
    withStore(
      async ({ server, store }) => {
        await store.append('s', events(200), NO_STREAM);
        const left = async (i: number): Promise<void> => {
          const stop = new AbortController();
          try {
            if (i % 4 === 3) {
              setImmediate(() => stop.abort(new Error('left')));
              await store.readStream('s', { signal: stop.signal });
              return;
            }
            for await (const message of store.subscribe({ after: 'start', pageSizeMax: 5, signal: stop.signal })) {
              expect(message.kind).toBe('page');
              if (i % 4 === 0) break;
              if (i % 4 === 1) throw new Error('left');
              stop.abort();
            }
          } catch (error) {
            expect((error as Error).message).toBe('left');
          }
        };
        for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => left(i + j)));
        await until('no call is open on the server', () => server.reads.open === 0);
        await expect(store.append('s', [event()], 199)).resolves.toMatchObject({ lastRevision: 200 });
      },
      { deadlines: { ...QUICK, readIdleMs: 10_000, readTotalMs: 30_000 } },
    ));

  it('gets the reason of its own signal, in the middle of a read too', () =>
    withStore(async ({ server, store }) => {
      await store.append('s', events(10), NO_STREAM);
      server.switches.read = () => ({ kind: 'silent', afterMessages: 2 });
      const stop = new AbortController();
      const reason = new Error('enough');
      const reading = store.readStream('s', { signal: stop.signal });
      await until('the read has begun', () => server.reads.sent >= 2);
      stop.abort(reason);
      await expect(reading).rejects.toBe(reason);
      await until('its call is closed', () => server.reads.open === 0);
    }));
});

describe('a log shared with others, in which the server looks for our events longer than it is worth', () => {
  it('is read all the same: pages move on, the head is the end of the log, a subscription catches up and is not called silent', () =>
    withStore(
      async ({ server, store, troubles }) => {
        const foreign = (count: number): void => void server.log.append('foreign', events(count), 'any');
        foreign(30_000);
        await store.append('s', events(3), NO_STREAM);
        foreign(15_000);
        const ours = idsOf(server.log.stream('p-s'));
        server.switches.read = ({ isFiltered, isSubscription }) =>
          isFiltered && !isSubscription ? { kind: 'silent', afterMessages: 0 } : { kind: 'serve' };
        expect(idsOf(await everything(store, 1000))).toEqual(ours);
        const end = `${45_003 * 100}/${45_003 * 100}`;
        expect(await store.headPosition()).toBe(end);
        const seen: string[] = [];
        for await (const message of store.subscribe({ after: 'start' })) {
          if (message.kind === 'page')
            for (let i = 0; i < message.page.size; i += 1) seen.push(message.page.event(i).id);
          else {
            expect(message.at).toBe(end);
            break;
          }
        }
        expect(seen).toEqual(ours);
        expect(troubles).toEqual([]);
      },
      { streamPrefix: 'p-', deadlines: { ...QUICK, readIdleMs: 10_000, readTotalMs: 30_000, quietMs: 50 } },
    ));
});

describe('streams that are not there', () => {
  it('say no-stream when they are missing or were soft-deleted, and stream-deleted when they were tombstoned', () =>
    withStore(async ({ server, store }) => {
      await store.append('soft', events(3), NO_STREAM);
      server.log.hide('soft');
      server.log.tombstone('hard');
      expect(await store.readStream('soft')).toEqual({ kind: 'no-stream' });
      expect(await store.readStream('missing', { direction: 'backwards' })).toEqual({ kind: 'no-stream' });
      await expect(codeOf(store.readStream('hard'))).resolves.toBe('stream-deleted');
    }));

  if (REAL_NODE !== undefined) {
    it('on a real node: soft-deleted, tombstoned, truncated, counted out and recreated streams', async () => {
      const prefix = `${randomUUID()}-`;
      const { store } = openOver(REAL_NODE, { streamPrefix: prefix });
      const client = EventStoreDBClient.connectionString(REAL_NODE);
      const revisions = async (stream: string, direction: 'forwards' | 'backwards' = 'forwards'): Promise<unknown> => {
        const page = await store.readStream(stream, { direction });
        return page.kind === 'page' ? page.events.map(({ revision }) => revision) : page.kind;
      };
      for (const stream of ['soft', 'hard', 'cut', 'counted']) await store.append(stream, events(10), NO_STREAM);
      await client.deleteStream(`${prefix}soft`);
      await client.tombstoneStream(`${prefix}hard`);
      await client.setStreamMetadata(`${prefix}cut`, { truncateBefore: 7 });
      await client.setStreamMetadata(`${prefix}counted`, { maxCount: 2 });
      expect(await revisions('soft')).toBe('no-stream');
      await expect(codeOf(store.readStream('hard'))).resolves.toBe('stream-deleted');
      expect(await revisions('cut')).toEqual([7, 8, 9]);
      expect(await revisions('cut', 'backwards')).toEqual([9, 8, 7]);
      expect(await revisions('counted')).toEqual([8, 9]);
      await expect(store.append('soft', [], 'any')).resolves.toMatchObject({ lastRevision: -1 });
      expect(await revisions('soft')).toBe('no-stream');
      await expect(store.append('soft', events(1), NO_STREAM)).resolves.toMatchObject({ lastRevision: 10 });
      await store.append('cut', events(1), 9);
      expect(await revisions('cut')).toEqual([7, 8, 9, 10]);
      await client.dispose();
      await store.close();
    });

    it('on a real node: what the official client wrote is read byte for byte, and the other way round', async () => {
      const prefix = `${randomUUID()}-`;
      const { store } = openOver(REAL_NODE, { streamPrefix: prefix });
      const client = EventStoreDBClient.connectionString(REAL_NODE);
      const mine = event({ data: new Uint8Array(Buffer.from('{"b":2,"a":"ż"}')) });
      await store.append('s', [mine], NO_STREAM);
      const seen = [];
      for await (const { event: one } of client.readStream(`${prefix}s`, {
        direction: FORWARDS,
        fromRevision: START,
      })) {
        seen.push([one?.id, one?.data, one?.isJson]);
      }
      expect(seen).toEqual([[mine.id, { b: 2, a: 'ż' }, true]]);
      await client.dispose();
      await store.close();
    });
  }
});

describe('who may answer', () => {
  it('only the leader where something is decided: streams and heads; pages of the log may come from anywhere', () =>
    withStore(async ({ server, store }) => {
      const leaderOnly: boolean[] = [];
      server.switches.read = ({ metadata }) => {
        leaderOnly.push(metadata.get('requires-leader')[0] === 'true');
        return { kind: 'serve' };
      };
      await store.append('s', events(2), NO_STREAM);
      await store.readStream('s');
      await store.headPosition();
      await store.readAll({ after: 'start' });
      expect(leaderOnly).toEqual([true, true, false]);
    }));
});
