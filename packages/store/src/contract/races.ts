import { expect, it } from '@jest/globals';
import { NO_STREAM, type AppendResult, type EventStore, type EventToAppend } from '../port.js';
import { onBench, type Bench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { appended, everything, eventsOf, idsOf } from './look.js';
import { pause, underSeed, wholeBelow } from './seeded.js';

/** Long enough for a store on a real disk; the count of rounds is the bound, not the time. */
const RACE_TIMEOUT_MS = 300_000;
const TRIES_MAX = 1000;

type Writers = Pick<Bench, 'store' | 'make' | 'random'>;

/** One round: two writers, one revision, exactly one winner. */
const raceForOneRevision = async ({ store, make, random }: Writers, stream: string): Promise<void> => {
  const before = manyEvents(make, wholeBelow(random, 3));
  if (before.length > 0) await store.append(stream, before, NO_STREAM);
  const batches = [manyEvents(make, 1 + wholeBelow(random, 3)), manyEvents(make, 1 + wholeBelow(random, 3))];
  const results = await Promise.all(
    batches.map(async (batch) => {
      await pause(random);
      return store.append(stream, batch, before.length - 1);
    }),
  );
  const winner = results.findIndex(({ kind }) => kind === 'appended');
  expect(results[1 - winner]?.kind).toBe('wrong-revision');
  const lastRevision = before.length + batches[winner]!.length - 1;
  expect(results[winner]).toMatchObject({ lastRevision, repeated: false });
  expect(results[1 - winner]).toEqual({ kind: 'wrong-revision', actualRevision: lastRevision });
  expect(idsOf(await eventsOf(store, stream))).toEqual(idsOf([...before, ...batches[winner]!]));
};

/** Appends one batch as a careful writer does, and now and then asks again as if the answer had been lost. */
const appendUntilWritten = async (writers: Writers, stream: string, batch: EventToAppend[]): Promise<number> => {
  const { store, random } = writers;
  let expected = NO_STREAM;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    await pause(random);
    const result: AppendResult = await store.append(stream, batch, expected);
    if (result.kind === 'wrong-revision') {
      expected = result.actualRevision;
      continue;
    }
    if (random() < 0.3) {
      const again = appended(await store.append(stream, batch, expected));
      expect(again).toMatchObject({ lastRevision: result.lastRevision, position: result.position });
    }
    return result.lastRevision;
  }
  throw new Error(`${stream}: not written after ${TRIES_MAX} tries`);
};

const raceUntilAllIsWritten = async (writers: Writers, stream: string): Promise<void> => {
  const { store, make, random } = writers;
  const acknowledged: { readonly batch: EventToAppend[]; readonly lastRevision: number }[] = [];
  const write = async (): Promise<void> => {
    for (let batches = 1 + wholeBelow(random, 2); batches > 0; batches -= 1) {
      const batch = manyEvents(make, 1 + wholeBelow(random, 3));
      acknowledged.push({ batch, lastRevision: await appendUntilWritten(writers, stream, batch) });
    }
  };
  await Promise.all([write(), write()]);
  const stored = await eventsOf(store, stream);
  const inOrder = acknowledged.sort((a, b) => a.lastRevision - b.lastRevision);
  expect(idsOf(stored)).toEqual(inOrder.flatMap(({ batch }) => idsOf(batch)));
  for (const { batch, lastRevision } of inOrder) expect(stored[lastRevision]?.id).toBe(batch.at(-1)?.id);
};

const raceOfTwins = async ({ store, make, random }: Writers, stream: string): Promise<number> => {
  const batch = manyEvents(make, 1 + wholeBelow(random, 3));
  const ask = async (): Promise<AppendResult> => {
    await pause(random);
    return store.append(stream, batch, NO_STREAM);
  };
  const results = (await Promise.all([ask(), ask(), ask()])).map(appended);
  for (const result of results) expect(result.lastRevision).toBe(batch.length - 1);
  expect(idsOf(await eventsOf(store, stream))).toEqual(idsOf(batch));
  return results.filter(({ repeated }) => !repeated).length;
};

/** No gap, no double, no step back, over everything that the races wrote. */
const isSound = async (store: EventStore): Promise<void> => {
  const all = await everything(store, { maxCount: 1000 });
  const next = new Map<string, number>();
  for (const [i, { stream, revision, position }] of all.entries()) {
    const previous = all[i - 1];
    if (previous !== undefined && store.comparePositions(previous.position, position) >= 0) {
      throw new Error(`position ${position} does not come behind ${previous.position}`);
    }
    if (revision !== (next.get(stream) ?? 0)) throw new Error(`${stream}: revision ${revision} out of order`);
    next.set(stream, revision + 1);
  }
};

export const raceCases = (contract: EventStoreContract): void => {
  const { interleavings, seed } = contract;
  const repeat = (rounds: number, round: (bench: Bench, stream: string) => Promise<void>): (() => Promise<void>) =>
    onBench(contract, async (bench) => {
      for (let i = 0; i < rounds; i += 1) await underSeed(seed, i, () => round(bench, `race-${i}`));
      await isSound(bench.store);
    });

  it(
    `lets exactly one of two writers win a revision, ${interleavings} times (seed ${seed})`,
    repeat(interleavings, raceForOneRevision),
    RACE_TIMEOUT_MS,
  );

  it(
    `keeps every acknowledged append once and in order while two writers race, ${interleavings} times (seed ${seed})`,
    repeat(interleavings, raceUntilAllIsWritten),
    RACE_TIMEOUT_MS,
  );

  it(
    `takes one append that is sent three times at once as one (seed ${seed})`,
    repeat(Math.min(interleavings, 20), async (bench, stream) => {
      const written = await raceOfTwins(bench, stream);
      if (contract.capabilities.tellsRepeats) expect(written).toBe(1);
    }),
    RACE_TIMEOUT_MS,
  );

  it(
    `keeps the batches of writers at any revision whole (seed ${seed})`,
    repeat(Math.min(interleavings, 100), async ({ store, make, random }, stream) => {
      const batches = Array.from({ length: 4 }, () => manyEvents(make, 1 + wholeBelow(random, 4)));
      const write = async (batch: EventToAppend[]): Promise<number> =>
        appended(await store.append(stream, batch, 'any')).lastRevision;
      const ends = await Promise.all(batches.map(write));
      const stored = idsOf(await eventsOf(store, stream));
      for (const [i, batch] of batches.entries()) {
        const end = ends[i]! + 1;
        expect(stored.slice(end - batch.length, end)).toEqual(idsOf(batch));
      }
      expect(stored).toHaveLength(batches.flat().length);
    }),
    RACE_TIMEOUT_MS,
  );
};
