import { describe, expect, it } from '@jest/globals';
import { NO_STREAM, type Position } from '@lapse/store';
import { events, until } from './support/events.js';
import { Follower, withStore } from './support/follower.js';

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
