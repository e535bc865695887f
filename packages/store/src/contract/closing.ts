import { expect, it } from '@jest/globals';
import { isStoreError } from '../errors.js';
import { NO_STREAM, type EventToAppend } from '../port.js';
import { onBench, type Bench, type EventStoreContract } from './bench.js';
import { manyEvents } from './events.js';
import { codeOf, eventsOf, idsOf, subscribeUntil } from './look.js';

interface Outcome {
  readonly stream: string;
  readonly batch: readonly EventToAppend[];
  readonly outcome: 'appended' | string;
}

/** Starts appends, closes in the middle of them, starts more; gives what each was told. */
const closeAmongAppends = async ({ store, make }: Bench): Promise<Outcome[]> => {
  const start = async (stream: string): Promise<Outcome> => {
    const batch = manyEvents(make, 3);
    try {
      return { stream, batch, outcome: (await store.append(stream, batch, NO_STREAM)).kind };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return { stream, batch, outcome: error.code };
    }
  };
  const before = Array.from({ length: 20 }, (_, i) => start(`before-${i}`));
  const closing = store.close();
  const after = Array.from({ length: 5 }, (_, i) => start(`after-${i}`));
  await closing;
  return Promise.all([...before, ...after]);
};

export const closingCases = (contract: EventStoreContract): void => {
  it(
    'fails every call with store-closed once it is closed',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', [make()], NO_STREAM);
      await store.close();
      const calls = [
        () => store.append('a', [make()], 0),
        () => store.append('a', [], 'any'),
        () => store.readStream('a'),
        () => store.readStream('missing'),
        () => store.readAll({ after: 'start' }),
        () => store.headPosition(),
        () => store.identity(),
        () => subscribeUntil(store, { after: 'start' }, () => true),
      ];
      for (const call of calls) expect(await codeOf(call)).toBe('store-closed');
    }),
  );

  it(
    'may be closed twice, one after the other and at once',
    onBench(contract, async ({ store, make }) => {
      await store.append('a', [make()], NO_STREAM);
      await Promise.all([store.close(), store.close()]);
      await expect(store.close()).resolves.toBeUndefined();
    }),
  );

  it(
    'settles every append under way when it is closed, and takes none afterwards',
    onBench(contract, async (bench) => {
      const outcomes = await closeAmongAppends(bench);
      const later = outcomes.filter(({ stream }) => stream.startsWith('after-'));
      expect(later.map(({ outcome }) => outcome)).toEqual(later.map(() => 'store-closed'));
      const allowed = ['appended', 'store-closed', 'append-ambiguous'];
      expect(outcomes.filter(({ outcome }) => !allowed.includes(outcome))).toEqual([]);
    }),
  );

  if (contract.capabilities.reopens) {
    it(
      'has after closing every append that it acknowledged and none that it refused',
      onBench(contract, async (bench) => {
        const outcomes = await closeAmongAppends(bench);
        const later = await bench.reopen();
        for (const { stream, batch, outcome } of outcomes) {
          const stored = idsOf(await eventsOf(later, stream));
          if (outcome === 'appended') expect(stored).toEqual(idsOf(batch));
          if (outcome === 'store-closed') expect(stored).toEqual([]);
          // Ambiguous means just that: all of it may be there, or nothing.
          if (outcome === 'append-ambiguous') expect([0, batch.length]).toContain(stored.length);
        }
      }),
    );
  }
};
