import { describe, expect, it } from '@jest/globals';
import { readWholeStream, type EventStore, type RecordedEvent } from '@lapse/store';
import { openMemoryStore, someEvents } from './memory-store.js';

const revisions = async (events: AsyncIterable<RecordedEvent>): Promise<number[]> => {
  const seen: number[] = [];
  for await (const { revision } of events) seen.push(revision);
  return seen;
};

describe('a whole stream is read in pages', () => {
  it('gives every event once, whatever the page size, from wherever it is asked', async () => {
    const store = openMemoryStore();
    await store.append('s', someEvents(10), -1);
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (const pageSize of [1, 3, 10, 11])
      expect(await revisions(readWholeStream(store, 's', { pageSize }))).toEqual(all);
    expect(await revisions(readWholeStream(store, 's', { from: 7, pageSize: 2 }))).toEqual([7, 8, 9]);
    expect(await revisions(readWholeStream(store, 's', { from: 10 }))).toEqual([]);
    expect(await revisions(readWholeStream(store, 'missing'))).toEqual([]);
  });

  it('reads also what is appended while it reads', async () => {
    const store = openMemoryStore();
    await store.append('s', someEvents(4), -1);
    const seen: number[] = [];
    for await (const { revision } of readWholeStream(store, 's', { pageSize: 2 })) {
      if (revision === 0) await store.append('s', someEvents(3), 3);
      seen.push(revision);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('asks for no more than the page that it is at: who leaves early has not read the rest', async () => {
    const store = openMemoryStore();
    await store.append('s', someEvents(10), -1);
    const froms: unknown[] = [];
    const counting: Pick<EventStore, 'readStream'> = {
      readStream: (stream, options) => {
        froms.push(options?.from);
        return store.readStream(stream, options);
      },
    };
    for await (const { revision } of readWholeStream(counting as EventStore, 's', { pageSize: 3 })) {
      if (revision === 4) break;
    }
    expect(froms).toEqual([0, 3]);
  });

  it('ends with the reason of its signal', async () => {
    const store = openMemoryStore();
    await store.append('s', someEvents(4), -1);
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = async (): Promise<void> => {
      for await (const { revision } of readWholeStream(store, 's', { pageSize: 2, signal: stop.signal })) {
        if (revision === 1) stop.abort(reason);
      }
    };
    await expect(reading()).rejects.toBe(reason);
  });

  it('fails instead of running for ever when a store gives empty pages that are not the end', async () => {
    const broken: Pick<EventStore, 'readStream'> = {
      readStream: () => Promise.resolve({ kind: 'page', events: [], atEnd: false }),
    };
    await expect(revisions(readWholeStream(broken as EventStore, 's'))).rejects.toMatchObject({
      code: 'store-corrupt',
    });
  });
});
