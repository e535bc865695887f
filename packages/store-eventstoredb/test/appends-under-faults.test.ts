import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { openOver } from './support/ambient.js';
import { codeOf, event, events, idsOf, wholeStream } from './support/events.js';
import { SERVE, type AppendFate } from './support/fates.js';
import { withServer } from './support/fault-server.js';
import { VirtualTime } from './support/virtual-time.js';
import { firstMeet, PATHS, QUICK, withStore } from './support/appending.js';

/** On a busy machine 500 events take longer than a short try lasts. */
const MANY_AT_ONCE = { deadlines: { ...QUICK, appendTryMs: 600, appendTotalMs: 50_000 } };

/** Every way in which an answer can stay away. */
const LOST_ANSWERS: readonly (readonly [string, (written: boolean) => AppendFate])[] = [
  ['the server never answers', (written) => ({ kind: 'silent', written })],
  ['the connection is cut', (written) => ({ kind: 'cut', written })],
  ['the call fails as unavailable', (written) => ({ kind: 'fail', written, code: status.UNAVAILABLE })],
  ['the call fails as internal', (written) => ({ kind: 'fail', written, code: status.INTERNAL })],
  ['the call is cancelled by the server', (written) => ({ kind: 'fail', written, code: status.CANCELLED })],
  ['the batch call ends without a word', (written) => ({ kind: 'end', written })],
];

describe.each(PATHS)('an append by the %s path', (path) => {
  describe.each(LOST_ANSWERS)('whose answer is lost: %s', (name, fate) => {
    it.each([1, 2, 500])(
      'stores %i events exactly once, written before or not, and answers with the right revision',
      (count) =>
        withStore(
          path,
          async ({ server, store }) => {
            // A classic call has no "end" of its own: it is silent there.
            server.switches.append = firstMeet(fate(true), SERVE, SERVE, fate(false));
            const [first, second, third] = [events(2), events(count), events(count)];
            await expect(store.append('s', first, -1)).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
            await expect(store.append('s', second, 1)).resolves.toMatchObject({
              kind: 'appended',
              lastRevision: 1 + count,
            });
            await expect(store.append('s', third, 1 + count)).resolves.toMatchObject({ lastRevision: 1 + 2 * count });
            expect(idsOf(await wholeStream(store, 's'))).toEqual(idsOf([...first, ...second, ...third]));
            expect(name).not.toBe('');
          },
          MANY_AT_ONCE,
        ),
    );
  });

  it.each([100, 1000, 10_000])(
    'settles as ambiguous within its %i ms and a quarter of a second when no server ever answers',
    (appendTotalMs) =>
      withServer(async (server) => {
        server.switches.append = () => ({ kind: 'silent', written: false });
        server.switches.read = () => ({ kind: 'silent', afterMessages: 0 });
        const time = new VirtualTime(2);
        const appendPath = path === 'batch' ? 'auto' : 'classic';
        const { nowMs, sleep } = time;
        const { store } = openOver(server.connectionString(), {
          nowMs,
          sleep,
          appendPath,
          deadlines: { appendTotalMs },
        });
        // The first call of all opens the connection, which no virtual clock can hurry.
        await store.readStream('s').catch(() => undefined);
        const startedMs = time.passedMs;
        await expect(codeOf(store.append('s', [event()], -1))).resolves.toBe('append-ambiguous');
        expect(time.passedMs - startedMs).toBeLessThanOrEqual(appendTotalMs + 250);
        await store.close();
        time.stop();
      }),
  );

  it.each([1, 3, 8])(
    'is written once when its retry is dropped %i times because the first try is still being replicated',
    (k) =>
      withStore(path, async ({ server, store }) => {
        const dropped: AppendFate =
          path === 'batch'
            ? { kind: 'answer', type: 'Timeout', message: '' }
            : {
                kind: 'fail',
                written: false,
                code: status.ABORTED,
                details: 'Operation timed out: Commit phase timeout.',
              };
        server.switches.append = firstMeet({ kind: 'silent', written: true }, ...Array<AppendFate>(k).fill(dropped));
        const mine = events(2);
        await expect(store.append('s', mine, -1)).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
        expect(idsOf(await wholeStream(store, 's'))).toEqual(idsOf(mine));
      }),
  );

  it('is a conflict, and nothing of it is stored, when another writer wins after a try without an answer', () =>
    withStore(path, async ({ server, store }) => {
      server.switches.append = firstMeet({ kind: 'silent', written: false }, { kind: 'overtaken', then: SERVE });
      await expect(store.append('s', events(2), -1)).resolves.toEqual({ kind: 'wrong-revision', actualRevision: 0 });
      expect((await wholeStream(store, 's')).map(({ type }) => type)).toEqual(['overtaker']);
    }));

  it('is a success when it was stored first and another writer followed before the retry', () =>
    withStore(path, async ({ server, store }) => {
      server.switches.append = firstMeet({ kind: 'silent', written: true }, { kind: 'overtaken', then: SERVE });
      await expect(store.append('s', events(2), -1)).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
      expect((await wholeStream(store, 's')).map(({ type }) => type)).toEqual(['happened', 'happened', 'overtaker']);
    }));

  it('believes the log, not a refusal of the retry: its own ids at the expected place are a success', () =>
    withStore(path, async ({ server, store }) => {
      server.switches.append = firstMeet({ kind: 'silent', written: true }, { kind: 'refuse' });
      await expect(store.append('s', events(3), -1)).resolves.toMatchObject({ kind: 'appended', lastRevision: 2 });
      expect(await wholeStream(store, 's')).toHaveLength(3);
    }));

  it('at any revision is sent once only: after a lost answer the log is asked, and where it says nothing the caller is told so', () =>
    withStore(path, async ({ server, store }) => {
      server.switches.append = firstMeet({ kind: 'silent', written: true }, { kind: 'silent', written: false });
      const mine = events(2);
      await expect(store.append('s', mine, 'any')).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
      await expect(codeOf(store.append('s', events(1), 'any'))).resolves.toBe('append-ambiguous');
      expect(idsOf(await wholeStream(store, 's'))).toEqual(idsOf(mine));
      expect(server.counts.classicAppends + server.counts.batchAppends).toBe(2);
    }));

  it('with ids that stand in the stream already is written again at a fresh right revision, as a node does', () =>
    withStore(path, async ({ store }) => {
      const mine = events(1);
      await store.append('s', mine, -1);
      await expect(store.append('s', mine, 0)).resolves.toMatchObject({ kind: 'appended', lastRevision: 1 });
      expect(idsOf(await wholeStream(store, 's'))).toEqual([mine[0]!.id, mine[0]!.id]);
    }));

  it('to one stream keeps the order of the calls, also when the connection is cut among them', () =>
    withStore(path, async ({ server, store }) => {
      server.switches.append = ({ n }) => (n % 7 === 3 ? { kind: 'cut', written: n % 2 === 0 } : SERVE);
      const mine = events(40);
      const results = await Promise.all(mine.map((one, i) => store.append('s', [one], i - 1)));
      expect(results.map((result) => result.kind === 'appended' && result.lastRevision)).toEqual(mine.map((_, i) => i));
      expect(idsOf(await wholeStream(store, 's'))).toEqual(idsOf(mine));
    }));

  it('is one of at most 64 on their way, and 5 000 at once all settle and leave nothing behind', () =>
    withStore(
      path,
      async ({ server, store }) => {
        let inFlight = 0;
        let most = 0;
        server.switches.append = async () => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
          inFlight -= 1;
          return SERVE;
        };
        const results = await Promise.all(
          Array.from({ length: 5000 }, (_, i) => store.append(`s-${i}`, [event()], -1)),
        );
        expect(results.filter(({ kind }) => kind !== 'appended')).toEqual([]);
        expect(most).toBeLessThanOrEqual(64);
        expect(most).toBeGreaterThan(8);
        expect(server.log.records).toHaveLength(5000);
      },
      { deadlines: { ...QUICK, appendTryMs: 20_000, appendTotalMs: 60_000 } },
    ));

  it('is refused as busy, before anything is sent, when too many wait', () =>
    withStore(
      path,
      async ({ server, store }) => {
        server.switches.append = () => ({ kind: 'silent', written: false });
        const codes = Array.from({ length: 5 }, (_, i) => codeOf(store.append(`s-${i}`, [event()], -1)));
        await expect(Promise.all(codes.slice(3))).resolves.toEqual(['store-busy', 'store-busy']);
        server.switches.append = () => SERVE;
        await expect(Promise.all(codes.slice(0, 3))).resolves.toEqual(['no error', 'no error', 'no error']);
      },
      { limits: { appendsWaiting: 3 } },
    ));

  it('of many large events is stored whole or not at all when the network stops in the middle of it', () =>
    withStore(path, async ({ server, store }) => {
      await store.append('warm', events(1), -1);
      for (let round = 0; round < 6; round += 1) {
        const large = Array.from({ length: 100 }, () => event({ data: new Uint8Array(9000) }));
        const appending = store.append(`s-${round}`, large, -1);
        for (let turns = 0; turns < round; turns += 1) await new Promise((resolve) => setImmediate(resolve));
        server.proxy.freeze();
        // Longer than two tries: they are given up while the network stands still.
        await wait(350);
        expect([0, 100]).toContain(server.log.stream(`s-${round}`).length);
        server.proxy.thaw();
        await expect(appending).resolves.toMatchObject({ kind: 'appended', lastRevision: 99 });
        expect(idsOf(server.log.stream(`s-${round}`))).toEqual(idsOf(large));
      }
    }));

  it('to a tombstoned stream says so and is not tried again', () =>
    withStore(path, async ({ server, store }) => {
      server.log.tombstone('s');
      await expect(codeOf(store.append('s', [event()], -1))).resolves.toBe('stream-deleted');
      expect(server.counts.classicAppends + server.counts.batchAppends).toBe(1);
    }));

  it('that nobody may make is access-denied and is not tried again', () =>
    withStore(path, async ({ server, store }) => {
      const denied: AppendFate =
        path === 'batch'
          ? { kind: 'answer', type: 'AccessDenied', message: '' }
          : { kind: 'fail', written: false, code: status.PERMISSION_DENIED, trailers: { exception: 'access-denied' } };
      server.switches.append = () => denied;
      await expect(codeOf(store.append('s', [event()], -1))).resolves.toBe('access-denied');
      expect(server.counts.classicAppends + server.counts.batchAppends).toBe(1);
    }));
});

describe('two writers', () => {
  it('race 10 000 times for revisions and leave no gap, no double and no false answer', () =>
    withStore(
      'batch',
      async ({ server, store }) => {
        const [streams, rounds] = [100, 100];
        server.switches.append = ({ n }) => (n % 997 === 0 ? { kind: 'cut', written: n % 2 === 0 } : SERVE);
        const race = async (stream: string): Promise<void> => {
          let last = -1;
          for (let round = 0; round < rounds; round += 1) {
            const batches = [events(1 + (round % 3)), events(1 + ((round + 1) % 2))];
            const results = await Promise.all(batches.map((batch) => store.append(stream, batch, last)));
            const winner = results.findIndex(({ kind }) => kind === 'appended');
            expect(results[1 - winner]).toMatchObject({ kind: 'wrong-revision' });
            last += batches[winner]!.length;
            expect(results[winner]).toMatchObject({ lastRevision: last });
          }
          const stored = server.log.stream(stream);
          expect(stored.map(({ revision }) => revision)).toEqual(stored.map((_, i) => i));
          expect(stored).toHaveLength(last + 1);
        };
        await Promise.all(Array.from({ length: streams }, (_, i) => race(`race-${i}`)));
      },
      { deadlines: { ...QUICK, appendTryMs: 5000, appendTotalMs: 30_000 } },
    ));
});
