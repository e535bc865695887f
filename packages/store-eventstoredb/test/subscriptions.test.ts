import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { follow, NO_STREAM, type FollowOptions, type FollowTrouble, type Position } from '@lapse/store';
import { seededRandom } from '@lapse/store/contract';
import type { EventStoreDbOptions, Trouble } from '../src/index.js';
import { openOver, sleep, type Opened } from './support/ambient.js';
import { codeOf, event, events, idsOf, NO_BYTES, until } from './support/events.js';
import { withServer, type FaultServer } from './support/fault-server.js';

const SEED = Number(process.env['LAPSE_SEED'] ?? 20);
const QUICK = { subscribeMs: 1000, silenceMs: 150, backoffFirstMs: 1, backoffMaxMs: 5 };

interface Bench {
  readonly server: FaultServer;
  readonly store: Opened;
  readonly troubles: Trouble[];
}

const withStore = (work: (bench: Bench) => Promise<void>, options: Partial<EventStoreDbOptions> = {}): Promise<void> =>
  withServer(async (server) => {
    const { store, troubles } = openOver(server.connectionString(), { deadlines: QUICK, ...options });
    try {
      await work({ server, store, troubles });
    } finally {
      await store.close();
    }
  });

/** Follows into a list; stops when told to. */
class Follower {
  readonly ids: string[] = [];
  readonly positions: Position[] = [];
  readonly caughtUpAt: (Position | 'start')[] = [];
  readonly troubles: FollowTrouble[] = [];
  scannedTo: Position | 'start' = 'start';
  readonly done: Promise<void>;
  private readonly stopping = new AbortController();

  constructor(store: Opened, options: Partial<FollowOptions> = {}) {
    this.scannedTo = options.after ?? 'start';
    this.done = follow(store, {
      after: 'start',
      pageSizeMax: 20,
      onPage: (page) => {
        for (let i = 0; i < page.size; i += 1) {
          this.ids.push(page.event(i).id);
          this.positions.push(page.position(i));
        }
        this.scannedTo = page.scannedTo;
      },
      onCaughtUp: (at) => void this.caughtUpAt.push(at),
      onTrouble: (trouble) => void this.troubles.push(trouble),
      backoff: { firstMs: 1, maxMs: 5 },
      random: Math.random,
      sleep,
      signal: this.stopping.signal,
      ...options,
    });
    this.done.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }
}

describe('a subscription that is followed', () => {
  it(`gets every event once and in order across 100 connections cut at random moments (seed ${SEED})`, () =>
    withStore(
      async ({ server, store }) => {
        const random = seededRandom(SEED);
        const follower = new Follower(store);
        let writing = true;
        const write = async (): Promise<void> => {
          for (let i = 0; writing; i += 1) await store.append('s', [event(), event()], 2 * i - 1);
        };
        const writer = write();
        for (let cuts = 0; cuts < 100; cuts += 1) {
          await wait(random() * 20);
          server.proxy.cutAll();
        }
        writing = false;
        await writer;
        await until('everything has come', () => follower.ids.length >= server.log.records.length);
        await follower.stop();
        expect(follower.ids).toEqual(idsOf(server.log.records));
        expect(follower.troubles.length).toBeGreaterThan(10);
      },
      { deadlines: { ...QUICK, appendTryMs: 200 } },
    ));

  it('starts again behind the last handled page after a crash between handling and storing: at least once, never a skip', () =>
    withStore(async ({ server, store }) => {
      await store.append('s', events(50), NO_STREAM);
      const seen: Position[] = [];
      let stored: Position | 'start' = 'start';
      for (let crashes = 0; crashes < 12; crashes += 1) {
        const follower = new Follower(store, {
          after: stored,
          pageSizeMax: 7,
          onPage: (page) => {
            for (let i = 0; i < page.size; i += 1) seen.push(page.position(i));
            if (crashes % 2 === 0) throw new Error('crash before the checkpoint');
            stored = page.scannedTo;
            throw new Error('crash behind it');
          },
        });
        await expect(follower.done).rejects.toThrow('crash');
      }
      const distinct = [...new Set(seen)];
      expect(distinct).toEqual(
        server.log.records.slice(0, distinct.length).map(({ position }) => `${position}/${position}`),
      );
      expect(distinct.length).toBeGreaterThan(10);
      expect(seen.length).toBeGreaterThan(distinct.length);
    }));

  it.each([
    ['an error', { kind: 'fail', afterMessages: 4, code: status.INTERNAL }],
    ['a clean end', { kind: 'end', afterMessages: 4 }],
    [
      'a server that is too slow for it',
      {
        kind: 'fail',
        afterMessages: 4,
        code: status.ABORTED,
        details: 'Operation timed out: Consumer too slow to handle event while live.',
      },
    ],
    ['a cut', { kind: 'cut', afterMessages: 4 }],
    ['a silence before the confirmation', { kind: 'silent', afterMessages: 0 }],
  ] as const)('goes on after %s', (_name, fate) =>
    withStore(
      async ({ server, store }) => {
        await store.append('s', events(30), NO_STREAM);
        let bad = 5;
        server.switches.read = ({ isSubscription }) => (isSubscription && (bad -= 1) > 0 ? fate : { kind: 'serve' });
        const follower = new Follower(store);
        await until('everything has come', () => follower.ids.length >= 30);
        await follower.stop();
        expect(follower.ids).toEqual(idsOf(server.log.records));
      },
      { deadlines: { ...QUICK, subscribeMs: 100 } },
    ),
  );

  it('is opened again, with an alarm, when it stays silent about events that the leader has', () =>
    withStore(async ({ server, store, troubles }) => {
      await store.append('s', events(3), NO_STREAM);
      let deaf = true;
      server.switches.read = ({ isSubscription }) =>
        isSubscription && deaf ? { kind: 'silent', afterMessages: 5 } : { kind: 'serve' };
      const follower = new Follower(store);
      await until('it has caught up', () => follower.caughtUpAt.length > 0);
      deaf = false;
      await store.append('s', events(2), 2);
      await until('the rest has come', () => follower.ids.length === 5);
      await follower.stop();
      expect(follower.ids).toEqual(idsOf(server.log.records));
      expect(troubles.map(({ kind }) => kind)).toContain('subscription-silent');
    }));

  it('trusts a silence that is right: nothing is opened again while nothing is written', () =>
    withStore(async ({ server, store, troubles }) => {
      await store.append('s', events(3), NO_STREAM);
      const follower = new Follower(store);
      await until('it has caught up', () => follower.caughtUpAt.length > 0);
      const { reads } = server.reads;
      await until('several looks at the head', () => server.reads.reads >= reads + 3);
      await follower.stop();
      expect(follower.troubles).toEqual([]);
      expect(troubles).toEqual([]);
    }));

  it.each([
    ['access denied', { code: status.PERMISSION_DENIED }, 'access-denied'],
    [
      'a position between two records',
      { code: status.UNKNOWN, details: 'Exception was thrown by handler.' },
      'bad-position',
    ],
  ] as const)('ends, and is not tried for ever, at %s', (_name, fate, code) =>
    withStore(async ({ server, store }) => {
      await store.append('s', events(3), NO_STREAM);
      const after = await store.headPosition();
      server.switches.read = () => ({ kind: 'fail', afterMessages: 0, ...fate });
      await expect(codeOf(new Follower(store, { after }).done)).resolves.toBe(code);
    }),
  );

  it('ends with the very error that its handler throws, and nothing else in the process hears of it', () =>
    withStore(async ({ store }) => {
      const unheard: unknown[] = [];
      const hear = (error: unknown): void => void unheard.push(error);
      process.on('unhandledRejection', hear);
      await store.append('s', events(30), NO_STREAM);
      const mistake = new Error('the handler failed');
      const failing = { onPage: () => Promise.reject(mistake) };
      await expect(new Follower(store, failing).done).rejects.toBe(mistake);
      const failingLater = {
        onCaughtUp: () => {
          throw mistake;
        },
      };
      await expect(new Follower(store, failingLater).done).rejects.toBe(mistake);
      await wait(20);
      process.off('unhandledRejection', hear);
      expect(unheard).toEqual([]);
    }));

  it('says caught-up only when its slow handler has seen everything before that, and holds few pages meanwhile', () =>
    withStore(async ({ server, store }) => {
      await store.append('s', events(1000), NO_STREAM);
      let handled = 0;
      const follower = new Follower(store, {
        pageSizeMax: 10,
        onPage: async (page) => {
          await new Promise((resolve) => setImmediate(resolve));
          handled += page.size;
        },
        onCaughtUp: (at) => {
          if (handled >= 1000) follower.caughtUpAt.push(at);
          else throw new Error(`caught up after ${handled}`);
        },
      });
      await until('it has caught up', () => follower.caughtUpAt.length > 0);
      await store.append('s', events(5), 999);
      await until('the rest is handled', () => handled === 1005);
      await follower.stop();
      expect(server.log.records).toHaveLength(1005);
    }));
});

describe('what is nobody else’s business', () => {
  const system = (server: FaultServer): void => {
    const rest = { contentType: 'application/json', data: NO_BYTES, metadata: NO_BYTES };
    const one = (type: string, n: number): typeof rest & { type: string; id: string } => ({
      ...rest,
      type,
      id: `00000000-0000-4000-8000-0000000000${10 + n}`,
    });
    server.log.append('$$s', [one('$metadata', 1)], 'any');
    server.log.append('$settings', [one('settings', 2)], 'any');
    server.log.append('s', [one('$>', 3), one('$streamDeleted', 4)], 'any');
    server.log.append('p-s', [one('$>', 5)], 'any');
    server.log.append('other', [one('$statsCollected', 6)], 'any');
  };

  it.each(['', 'p-'])(
    'reaches no reader: system types, system streams, links and tombstones, with prefix %j',
    (streamPrefix) =>
      withStore(
        async ({ server, store }) => {
          system(server);
          await store.append('s', events(2), 'any');
          system(server);
          await store.append('s', events(1), 'any');
          system(server);
          await store.identity();
          const mine = server.log.records.filter(({ type }) => type === 'happened');
          const follower = new Follower(store);
          await until('it has caught up with all', () => follower.ids.length >= 3 && follower.caughtUpAt.length > 0);
          await follower.stop();
          expect(follower.ids).toEqual(idsOf(mine));
          expect(await store.headPosition()).toBe(`${mine.at(-1)!.position}/${mine.at(-1)!.position}`);
          const page = await store.readAll({ after: 'start' });
          expect([page.size, page.atEnd]).toEqual([3, true]);
          const byOne = await store.readAll({ after: 'start', maxCount: 1 });
          expect([byOne.size, byOne.atEnd]).toEqual([1, false]);
        },
        { streamPrefix },
      ),
  );

  it('moves the place along all the same: a restart looks at no more than one interval again', () =>
    withStore(
      async ({ server, store }) => {
        await store.append('s', events(1), NO_STREAM);
        for (let i = 0; i < 10; i += 1) {
          server.log.append('foreign', events(200), 'any');
        }
        const follower = new Follower(store);
        await until(
          'the place has moved',
          () => store.comparePositions(follower.scannedTo, '150000/150000' as Position) > 0,
        );
        await until('it has caught up', () => follower.caughtUpAt.length > 0);
        expect(follower.ids).toHaveLength(1);
        server.log.append('foreign', events(600), 'any');
        await until(
          'it moves while live',
          () => store.comparePositions(follower.scannedTo, '230000/230000' as Position) > 0,
        );
        await follower.stop();
        const sent = server.reads.sent;
        const again = new Follower(store, { after: follower.scannedTo });
        await until('it has caught up again', () => again.caughtUpAt.length > 0);
        await again.stop();
        expect(again.ids).toEqual([]);
        expect(server.reads.sent - sent).toBeLessThan(20);
      },
      { streamPrefix: 'p-' },
    ));
});

describe('a place to go on from', () => {
  it('whose event was scavenged: the next one is handed out, not stepped over', () =>
    withStore(async ({ server, store, troubles }) => {
      await store.append('s', events(10), NO_STREAM);
      const all = idsOf(server.log.records);
      for (const gone of [3, 4]) {
        const after = `${100 * (gone + 1)}/${100 * (gone + 1)}` as Position;
        server.log.scavenge(({ revision }) => revision === gone);
        const follower = new Follower(store, { after });
        await until('it has caught up', () => follower.caughtUpAt.length > 0);
        await follower.stop();
        expect(follower.ids).toEqual(all.slice(gone + 1));
      }
      expect(troubles.map(({ kind }) => kind)).toEqual(['checkpoint-event-gone', 'checkpoint-event-gone']);
    }));

  it('whose event and the next ones were scavenged, up to one that is nobody’s business', () =>
    withStore(async ({ server, store }) => {
      await store.append('s', events(3), NO_STREAM);
      server.log.append('$$s', [{ ...event(), type: '$metadata' }], 'any');
      await store.append('s', events(2), 2);
      server.log.scavenge(({ stream, revision }) => stream === 's' && (revision === 1 || revision === 2));
      const follower = new Follower(store, { after: '200/200' as Position });
      await until('it has caught up', () => follower.ids.length === 2 && follower.caughtUpAt.length > 0);
      await follower.stop();
    }));

  it('ahead of the end of the log is reported at once, and not waited for', () =>
    withStore(async ({ store }) => {
      await store.append('s', events(3), NO_STREAM);
      const ahead = new Follower(store, { after: '100000/100000' as Position });
      await expect(codeOf(ahead.done)).resolves.toBe('bad-position');
      await expect(ahead.done).rejects.toThrow(/another log, or a restored one/);
      const between = new Follower(store, { after: '150/150' as Position });
      await expect(codeOf(between.done)).resolves.toBe('bad-position');
      await expect(codeOf(store.readAll({ after: '150/150' as Position }))).resolves.toBe('bad-position');
    }));
});

describe('servers older than 23.10', () => {
  it.each(['22.10.1', '21.10.0', ''])(
    '%j: caught-up is told by comparing with the head, and no checkpoint of theirs is believed',
    (version) =>
      withStore(async ({ server, store }) => {
        server.version = version;
        await store.append('s', events(600), NO_STREAM);
        const follower = new Follower(store, { pageSizeMax: 50 });
        await until('it has caught up', () => follower.caughtUpAt.length > 0);
        expect([follower.ids.length, follower.caughtUpAt[0]]).toEqual([600, '60000/60000']);
        await store.append('s', events(1), 599);
        await until('it has caught up again', () => follower.caughtUpAt.length > 1);
        await follower.stop();
        const empty = new Follower(store, { after: '60100/60100' as Position });
        await until('nothing is there to catch up with', () => empty.caughtUpAt.length > 0);
        await empty.stop();
      }),
  );

  it('offer no safe batch append: theirs takes the deadline as an instant, so classic appends are used', () =>
    withStore(async ({ server, store }) => {
      server.offersBatch = false;
      await expect(store.append('s', events(2), NO_STREAM)).resolves.toMatchObject({ lastRevision: 1 });
      expect(server.counts).toMatchObject({ classicAppends: 1, batchCalls: 0 });
    }));
});
