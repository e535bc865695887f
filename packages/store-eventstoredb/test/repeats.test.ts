import { describe, expect, it } from '@jest/globals';
import { NO_STREAM } from '@lapse/store';
import { openOver, type Opened } from './support/ambient.js';
import { event, events, until } from './support/events.js';
import { SERVE } from './support/fates.js';
import { withServer, type FaultServer } from './support/fault-server.js';

/** Two processes on one log: each store knows only what it has seen itself. */
const withTwo = (work: (bench: { server: FaultServer; one: Opened; other: Opened }) => Promise<void>): Promise<void> =>
  withServer(async (server) => {
    const deadlines = { appendTryMs: 150, backoffFirstMs: 2, backoffMaxMs: 10 };
    const open = (): Opened => openOver(server.connectionString(), { deadlines }).store;
    const [one, other] = [open(), open()];
    try {
      await work({ server, one, other });
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

const FIRST = { kind: 'appended', repeated: false } as const;
const REPEATED = { kind: 'appended', repeated: true } as const;

describe('an append that another process has sent as well, which a server answers with the words of the first answer', () => {
  it('is told as a repeat once anything behind it was read: a stream, a page of the log or its head', () =>
    withTwo(async ({ one, other }) => {
      const reads = [
        () => other.readStream('later'),
        () => other.readAll({ after: 'start', maxCount: 100 }),
        () => other.headPosition(),
      ];
      for (const [i, read] of reads.entries()) {
        const twin = events(2);
        const first = await one.append(`s-${i}`, twin, NO_STREAM);
        await one.append('later', [event()], i - 1);
        await read();
        await expect(other.append(`s-${i}`, twin, NO_STREAM)).resolves.toEqual({ ...first, ...REPEATED });
      }
    }));

  it('is told as a repeat once anything behind it was written, whoever wrote it', () =>
    withTwo(async ({ one, other }) => {
      const twin = [event()];
      await one.append('s', twin, NO_STREAM);
      await other.append('elsewhere', [event()], NO_STREAM);
      await expect(other.append('s', twin, NO_STREAM)).resolves.toMatchObject(REPEATED);
      await expect(one.append('s', twin, NO_STREAM)).resolves.toMatchObject(REPEATED);
    }));

  it('is told as a repeat as soon as a subscription has brought it', () =>
    withTwo(async ({ one, other }) => {
      const stop = new AbortController();
      let seen = 0;
      const watching = (async () => {
        for await (const message of other.subscribe({ after: 'start', signal: stop.signal })) {
          if (message.kind === 'page') seen += message.page.size;
        }
      })();
      const twin = [event()];
      await one.append('s', twin, NO_STREAM);
      await until('the subscription has brought it', () => seen === 1);
      await expect(other.append('s', twin, NO_STREAM)).resolves.toMatchObject(REPEATED);
      stop.abort();
      await watching;
    }));

  it('is taken for the first one by a store that has not heard of it yet: nothing in the answer tells', () =>
    withTwo(async ({ one, other }) => {
      const twin = [event()];
      const first = await one.append('s', twin, NO_STREAM);
      await expect(other.append('s', twin, NO_STREAM)).resolves.toEqual(first);
      await expect(other.append('s', twin, NO_STREAM)).resolves.toMatchObject(REPEATED);
    }));
});

describe('an append whose first answer was lost', () => {
  it('is no repeat of anybody’s: the second try is answered for the first, also when others have written meanwhile', () =>
    withTwo(async ({ server, one, other }) => {
      const before = [event()];
      await one.append('before', before, NO_STREAM);
      server.switches.append = ({ n }) => (n === 2 ? { kind: 'silent', written: true } : SERVE);
      const appending = one.append('s', [event()], NO_STREAM);
      await until('it was sent', () => server.log.stream('s').length > 0);
      await other.append('elsewhere', [event()], NO_STREAM);
      await one.headPosition();
      await expect(appending).resolves.toMatchObject(FIRST);
      await expect(one.append('before', before, NO_STREAM)).resolves.toMatchObject(REPEATED);
    }));
});
