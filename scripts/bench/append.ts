import type { EventToAppend, FactsExtractor } from '@lapse/store';
import {
  constantFacts,
  newMessages,
  openRaw,
  openStore,
  parsedFacts,
  ratioByRound,
  rate,
  rawInsert,
  writeAlone,
} from './lib/append-world.js';
import { rounds } from './lib/rounds.js';
import type { Bench, BenchContext } from './lib/types.js';

const CALLERS = 1000;

const rawOneByOne = async (folder: string, events: readonly EventToAppend[]): Promise<number> => {
  const database = await openRaw(folder);
  const insert = rawInsert(database, 1);
  const result = await rate(events.length, () => events.forEach(insert));
  database.close();
  return result;
};

const rawThousands = async (folder: string, events: readonly EventToAppend[]): Promise<number> => {
  const database = await openRaw(folder);
  const insert = rawInsert(database, CALLERS);
  const result = await rate(events.length, () => {
    for (let from = 0; from < events.length; from += CALLERS) {
      database.transaction(() => events.slice(from, from + CALLERS).forEach(insert));
    }
  });
  database.close();
  return result;
};

const withCallers = async (
  folder: string,
  events: readonly EventToAppend[],
  callers: number,
  extractFacts: FactsExtractor,
): Promise<number> => {
  const store = await openStore(folder, extractFacts);
  const each = events.length / callers;
  const shares = Array.from({ length: callers }, (_, i) => events.slice(i * each, (i + 1) * each));
  const result = await rate(events.length, async () => {
    await Promise.all(shares.map((share, i) => writeAlone(store, `session-${i}`, share)));
  });
  await store.close();
  return result;
};

const run = async ({ quick, figure, log, tempDir }: BenchContext): Promise<void> => {
  const count = quick ? 3 : 15;
  const few = newMessages(quick ? 500 : 2_000);
  const many = newMessages(CALLERS * (quick ? 5 : 40));
  log(`${few.length} events by one caller, ${many.length} by ${CALLERS}, ${count} rounds each`);

  const alone = await rounds(count, {
    raw: () => rawOneByOne(tempDir(), few),
    lapse: () => withCallers(tempDir(), few, 1, constantFacts),
  });
  figure({
    figure: 'one-caller',
    value: alone.lapse.median,
    limit: alone.raw.median,
    ratio: ratioByRound(alone.lapse, alone.raw),
    unit: 'events/s',
    note: 'limit: one insert a transaction, same table and binding',
  });

  const together = await rounds(count, {
    raw: () => rawThousands(tempDir(), many),
    lapse: () => withCallers(tempDir(), many, CALLERS, constantFacts),
    parsing: () => withCallers(tempDir(), many, CALLERS, parsedFacts),
  });
  const limit = together.raw.median;
  figure({
    figure: '1000-callers',
    value: together.lapse.median,
    limit,
    ratio: ratioByRound(together.lapse, together.raw),
    unit: 'events/s',
    note: 'limit: 1 000 inserts a transaction, same table and binding',
  });
  figure({
    figure: '1000-callers-parsing',
    value: together.parsing.median,
    limit,
    ratio: ratioByRound(together.parsing, together.raw),
    unit: 'events/s',
    note: 'the facts of each event are parsed from its JSON',
  });
};

export const bench: Bench = { name: 'append', about: 'durable appends, by one caller and by a thousand', run };
