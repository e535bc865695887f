import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { NO_STREAM, type Position } from '@lapse/store';
import { seededRandom } from '@lapse/store/contract';
import { codeOf, event, events, idsOf, until } from './support/events.js';
import { Follower, QUICK, withStore } from './support/follower.js';

const SEED = Number(process.env['LAPSE_SEED'] ?? 20);

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
