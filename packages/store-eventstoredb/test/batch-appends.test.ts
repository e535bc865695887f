import { describe, expect, it } from '@jest/globals';
import { codeOf, event, until } from './support/events.js';
import { SERVE } from './support/fates.js';
import { firstMeet, QUICK, withStore } from './support/appending.js';

/** The numbers of the fields of a batch request's options, read by hand. */
const optionFields = (request: Buffer): number[] => {
  const fieldsOf = (bytes: Buffer): { field: number; body: Buffer }[] => {
    const found: { field: number; body: Buffer }[] = [];
    for (let at = 0; at < bytes.length;) {
      const tag = bytes[at]!;
      const isBody = tag % 8 === 2;
      let length = bytes[at + 1]!;
      let start = at + 2;
      if (isBody && length >= 0x80) {
        length = (length & 0x7f) + bytes[at + 2]! * 0x80;
        start += 1;
      }
      found.push({ field: tag >> 3, body: isBody ? bytes.subarray(start, start + length) : Buffer.alloc(0) });
      at = isBody ? start + length : start;
    }
    return found;
  };
  const options = fieldsOf(request).find(({ field }) => field === 2)!;
  return fieldsOf(options.body).map(({ field }) => field);
};

describe('batch appends', () => {
  it('ignore answers that come twice or for nobody', () =>
    withStore('batch', async ({ server, store }) => {
      server.switches.append = () => ({ kind: 'twice' });
      for (let i = 0; i < 20; i += 1) {
        await expect(store.append('s', [event()], i - 1)).resolves.toMatchObject({ lastRevision: i });
      }
    }));

  it('are tried again when a server that is not ready, is busy or knows no leader says so in words only', () =>
    withStore('batch', async ({ server, store }) => {
      const words = ['Server Is Not Ready', 'Server Is Busy', 'No leader info available in response'];
      server.switches.append = firstMeet(
        ...words.map((message) => ({ kind: 'answer', type: 'Empty', message }) as const),
      );
      await expect(store.append('s', [event()], -1)).resolves.toMatchObject({ kind: 'appended', lastRevision: 0 });
      expect(server.counts.batchAppends).toBe(4);
    }));

  it('of other streams are not failed by one that the server calls bad', () =>
    withStore('batch', async ({ server, store }) => {
      server.switches.append = ({ stream }) =>
        stream === 'bad' ? { kind: 'answer', type: 'BadRequest', message: 'no' } : SERVE;
      const others = Array.from({ length: 30 }, (_, i) => store.append(`good-${i}`, [event()], -1));
      await expect(codeOf(store.append('bad', [event()], -1))).resolves.toBe('store-unavailable');
      expect((await Promise.all(others)).every(({ kind }) => kind === 'appended')).toBe(true);
      expect(server.counts.batchCalls).toBe(1);
    }));

  it('carry their deadline as a duration, so the clocks of both sides need not agree', () =>
    withStore(
      'batch',
      async ({ server, store }) => {
        await expect(store.append('s', [event()], -1)).resolves.toMatchObject({ kind: 'appended' });
        await until('a request was kept', () => server.batchRequests.length > 0);
        const fields = optionFields(server.batchRequests[0]!);
        expect(fields).toContain(7);
        expect(fields).not.toContain(6);
      },
      { nowMs: () => Date.now() - 60_000 },
    ));

  it.each([-60_000, 60_000])('are written with a clock %i ms off, and with one that jumps', (offMs) => {
    let jumps = 0;
    return withStore(
      'batch',
      async ({ server, store }) => {
        server.switches.append = ({ n }) => (n % 5 === 0 ? { kind: 'cut', written: true } : SERVE);
        for (let i = 0; i < 20; i += 1) {
          await expect(store.append('s', [event()], i - 1)).resolves.toMatchObject({ lastRevision: i });
        }
      },
      { nowMs: () => Date.now() + offMs * ((jumps += 1) % 2), deadlines: { ...QUICK, appendTotalMs: 100_000 } },
    );
  });
});
