import { describe, expect, it } from '@jest/globals';
import { all, classic, jsonEvents, newIds } from './support/appending.js';
import { withBench } from './support/bench.js';
import { readInWords } from './support/reading.js';

const BOM = '\ufeff';
const MARKED = `${BOM}a`;

describe('a byte order mark at the start of a stream name', () => {
  it('is part of the name, for both ways to append, reads, subscriptions, filters and deletes', () =>
    withBench(async ({ client, raw, store }) => {
      await client.appendToStream('a', jsonEvents(1));
      await client.appendToStream(MARKED, jsonEvents(1), { expectedRevision: 'no_stream' });
      expect(await classic(raw, MARKED, 0n, newIds(1))).toMatchObject({ kind: 'success', revision: 1 });
      expect((await store.readStream(MARKED)).kind).toBe('page');
      const names = (await all(client.readStream(MARKED))).map(({ event }) => event?.streamId);
      expect(names).toEqual([MARKED, MARKED]);
      const filter = { on: 'stream', prefixes: [BOM] } as const;
      expect((await readInWords(raw, { all: true, count: 10, filter })).words).toEqual([`${MARKED}/0`, `${MARKED}/1`]);
      await client.deleteStream(MARKED);
      await expect(all(client.readStream(MARKED))).rejects.toMatchObject({ type: 'stream-not-found' });
      expect((await all(client.readStream('a'))).length).toBe(1);
    }));

  it('is part of the name that a link leads to', () =>
    withBench(async ({ raw }) => {
      await classic(raw, MARKED, 'any', newIds(1));
      const properties = { type: '$>', 'content-type': 'text/plain' };
      await raw.append('links', 'any', [{ properties, data: Buffer.from(`0@${MARKED}`) }]);
      const { words } = await readInWords(raw, { stream: 'links', count: 1, resolveLinks: true });
      expect(words).toEqual([expect.stringContaining(`${MARKED}/0`)]);
    }));

  it('before the JSON of metadata is skipped, as a node skips it: the limits count', () =>
    withBench(async ({ client, raw }) => {
      await client.appendToStream('a', jsonEvents(3));
      const properties = { type: '$metadata', 'content-type': 'application/json' };
      await raw.append('$$a', 'any', [{ properties, data: Buffer.from(`${BOM}{"$maxCount":2}`) }]);
      expect((await all(client.readStream('a'))).length).toBe(2);
    }));
});
