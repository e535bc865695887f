import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openOver, type Opened } from './support/ambient.js';
import { events } from './support/events.js';
import { FaultServer, withServer } from './support/fault-server.js';
import { NodeLog } from './support/log.js';
import { IS_LONG, tell, usedBytes } from './support/long.js';

const REAL_NODE = process.env['LAPSE_ESDB_URL'];
const COUNT = IS_LONG ? 1_000_000 : 20_000;
const TIMEOUT_MS = IS_LONG ? 1_200_000 : 60_000;
/** However long the log is. */
const GROWTH_BYTES_MAX = 48 * 1024 * 1024;
const PAGE = 5000;

const longLog = (): NodeLog => {
  const log = new NodeLog();
  const data = new Uint8Array(Buffer.from('{"a":1}'));
  const rest = { type: 'happened', contentType: 'application/json', data, metadata: data };
  for (let i = 0; i < COUNT; i += 1000) {
    const batch = Array.from({ length: 1000 }, (_, j) => ({
      id: `00000000-0000-4000-8000-${(i + j).toString(16).padStart(12, '0')}`,
      ...rest,
    }));
    log.append('s', batch, i - 1);
  }
  return log;
};

const withLongLog = async (work: (store: Opened, server: FaultServer) => Promise<void>): Promise<void> => {
  const server = await new FaultServer(longLog()).start();
  const { store } = openOver(server.connectionString());
  try {
    await work(store, server);
  } finally {
    await store.close();
    await server.stop();
  }
};

/** Someone who takes a while over each page; says what a page more in memory costs at most. */
class SlowReader {
  seen = 0;
  private readonly before = usedBytes();
  private readonly startedMs = performance.now();
  private most = 0;
  private lookAt = COUNT / 4;

  async take(size: number): Promise<void> {
    this.seen += size;
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    if (this.seen < this.lookAt) return;
    this.lookAt += COUNT / 4;
    this.most = Math.max(this.most, usedBytes() - this.before);
  }

  expectAll(what: string): void {
    const seconds = (performance.now() - this.startedMs) / 1000;
    const megabytes = Math.round(this.most / 1024 / 1024);
    tell({ what, events: this.seen, perSecond: Math.round(this.seen / seconds), megabytesMore: megabytes });
    expect(this.seen).toBe(COUNT);
    expect(this.most).toBeLessThan(GROWTH_BYTES_MAX);
  }
}

const readPages = async (store: Opened, onPage: (size: number) => Promise<void>): Promise<void> => {
  let after: Parameters<Opened['readAll']>[0]['after'] = 'start';
  for (let pages = 0; pages <= (2 * COUNT) / PAGE; pages += 1) {
    const page = await store.readAll({ after, maxCount: PAGE });
    await onPage(page.size);
    if (page.atEnd) return;
    after = page.scannedTo;
  }
  throw new Error('no end');
};

const readLive = async (store: Opened, onPage: (size: number) => Promise<void>): Promise<void> => {
  for await (const message of store.subscribe({ after: 'start', pageSizeMax: 500 })) {
    if (message.kind === 'caught-up') return;
    await onPage(message.page.size);
  }
};

describe(`a log of ${COUNT} events`, () => {
  it(
    'is read in pages of bounded size: memory stays, and the server sends no more than was asked for',
    () =>
      withLongLog(async (store, server) => {
        const reader = new SlowReader();
        let pages = 0;
        await readPages(store, async (size) => {
          await reader.take(size);
          pages += 1;
          // Each page asks for its own place and for one event that tells whether it is the last.
          expect(server.reads.sent).toBeLessThanOrEqual(reader.seen + 2 * pages);
        });
        reader.expectAll('pages');
      }),
    TIMEOUT_MS,
  );

  it(
    'is sent to a slow subscriber only as fast as it reads: memory stays, and what is on its way stays within a window',
    () =>
      withLongLog(async (store, server) => {
        const reader = new SlowReader();
        let aheadMost = 0;
        await readLive(store, async (size) => {
          await reader.take(size);
          aheadMost = Math.max(aheadMost, server.reads.sent - reader.seen);
        });
        reader.expectAll('subscription');
        // Two pages here, and what HTTP/2's windows and the sockets' buffers hold: some hundred KiB of small events.
        expect(aheadMost).toBeLessThan(10_000);
        tell({ aheadMost });
      }),
    TIMEOUT_MS,
  );

  if (REAL_NODE !== undefined && IS_LONG) {
    it(
      'is read from a real node in bounded memory, in pages and by subscription',
      async () => {
        const { store, troubles } = openOver(REAL_NODE, { streamPrefix: `${randomUUID()}-` });
        for (let i = 0; i < COUNT; i += 500) await store.append('s', events(500), i - 1);
        const [pages, live] = [new SlowReader(), new SlowReader()];
        await readPages(store, (size) => pages.take(size));
        pages.expectAll('pages from a real node');
        await readLive(store, (size) => live.take(size));
        live.expectAll('subscription to a real node');
        tell({ troubles: troubles.map(({ message }) => message) });
        await store.close();
      },
      TIMEOUT_MS,
    );
  }
});

describe('memory after many appends', () => {
  it('is what it was before: 2 000 at once leave nothing behind', () =>
    withServer(async (server) => {
      const { store } = openOver(server.connectionString(), { deadlines: { appendTryMs: 20_000 } });
      const round = async (name: string): Promise<number> => {
        const streams = Array.from({ length: 2000 }, (_, i) => `${name}-${i}`);
        await Promise.all(streams.map((stream) => store.append(stream, events(1), -1)));
        // What the server itself keeps is no matter.
        server.log.forget();
        server.batchRequests.length = 0;
        return usedBytes();
      };
      // The first rounds warm up what is compiled and pooled.
      await round('warm');
      const before = await round('before');
      await round('a');
      const after = [await round('b'), await round('c')];
      expect(Math.min(...after) - before).toBeLessThan(16 * 1024 * 1024);
      await store.close();
    }));
});
