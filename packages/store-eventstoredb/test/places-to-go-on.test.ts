import { describe, expect, it } from '@jest/globals';
import { NO_STREAM, type Position } from '@lapse/store';
import { codeOf, event, events, idsOf, NO_BYTES, until } from './support/events.js';
import { type FaultServer } from './support/fault-server.js';
import { Follower, withStore } from './support/follower.js';

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
