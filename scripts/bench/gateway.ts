import { readEvent } from '@lapse/domain';
import type { Engine } from '@lapse/engine';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { EventStore, Position } from '@lapse/store';
import { constantFacts, newMessages, openStore, rate } from './lib/append-world.js';
import {
  appendByClient,
  appendByStore,
  openWireEngine,
  readByClient,
  readByStore,
  serveLog,
  subscribeByClient,
  subscribeByStore,
  type Work,
} from './lib/gateway-world.js';
import { openSessions } from './lib/open-sessions.js';
import { percentile } from './lib/percentile.js';
import { rounds, type Rounds } from './lib/rounds.js';
import type { Bench, BenchContext } from './lib/types.js';

const AGENT_LIMIT_MS = 360 * 60_000;

interface Sides {
  readonly embedded: EventStore;
  /** Gateway and adapter. */
  readonly wire: EventStore;
  /** The official client on the same gateway. */
  readonly client: EventStoreDBClient;
}

const run = async (context: BenchContext): Promise<void> => {
  const { tempDir } = context;
  const served = await serveLog(tempDir());
  const embedded = await openStore(tempDir(), constantFacts);
  const engine = await openWireEngine(tempDir(), served.connection, false);
  const client = EventStoreDBClient.connectionString(`${served.connection}&keepAliveInterval=10001`);
  try {
    const sides = { embedded, wire: engine.store, client };
    await compareAppends(context, sides);
    await compareReads(context, sides);
  } finally {
    await client.dispose();
    await engine.close();
    await embedded.close();
    await served.close();
  }
  await closeOverTheWire(context);
};

const compareAppends = async (context: BenchContext, { embedded, wire, client }: Sides): Promise<void> => {
  const { quick, log } = context;
  const works = [
    { name: 'append-one-caller', callers: 1, perAppend: 1, count: quick ? 200 : 2_000 },
    { name: 'append-256-callers', callers: 256, perAppend: 1, count: quick ? 2_560 : 25_600 },
    { name: 'append-100-at-once', callers: 8, perAppend: 100, count: quick ? 4_000 : 40_000 },
  ];
  for (const { count, ...work } of works) {
    log(`${work.name}: ${count} events a round`);
    // Ids, texts and streams are each side's and round's own, made before the clock runs.
    const measure = (side: string, append: (work: Work) => Promise<void>) => (round: number) => {
      const events = newMessages(count);
      const own = { ...work, name: `${work.name}-${side}-${round}`, events };
      return rate(count, () => append(own));
    };
    const measured = await rounds(quick ? 1 : 5, {
      embedded: measure('embedded', (own) => appendByStore(embedded, own)),
      wire: measure('wire', (own) => appendByStore(wire, own)),
      client: measure('client', (own) => appendByClient(client, own)),
    });
    tell(context, work.name, measured);
  }
};

const compareReads = async (context: BenchContext, { embedded, wire, client }: Sides): Promise<void> => {
  const { quick, log } = context;
  const count = quick ? 5_000 : 60_000;
  log(`${count} events a round read and subscribed to`);
  const measure = (read: () => Promise<void>) => () => rate(count, read);
  const reads = await rounds(quick ? 1 : 5, {
    embedded: measure(() => readByStore(embedded, count)),
    wire: measure(() => readByStore(wire, count)),
    client: measure(() => readByClient(client, count)),
  });
  tell(context, 'read-all', reads);
  const subscriptions = await rounds(quick ? 1 : 5, {
    embedded: measure(() => subscribeByStore(embedded, count)),
    wire: measure(() => subscribeByStore(wire, count)),
    client: measure(() => subscribeByClient(client, count)),
  });
  tell(context, 'catch-up', subscriptions);
};

/** Gateway and adapter once against the embedded store, once against the bare client. */
const tell = (
  { figure }: BenchContext,
  name: string,
  { embedded, wire, client }: Record<keyof Sides, Rounds>,
): void => {
  const shared = { value: wire.median, unit: 'events/s' };
  figure({ ...shared, figure: name, limit: embedded.median, note: 'limit: the embedded store in this process' });
  figure({
    ...shared,
    figure: `${name}-client`,
    limit: client.median,
    note: 'limit: @eventstore/db-client, same gateway',
  });
};

/** Sessions that fall due within one second, closed by an engine over the wire while the log lies in another process. */
const closeOverTheWire = async ({ quick, figure, log, tempDir }: BenchContext): Promise<void> => {
  const count = quick ? 1_000 : 10_000;
  const served = await serveLog(tempDir());
  const engine = await openWireEngine(tempDir(), served.connection, true);
  try {
    const dueFromMs = Date.now() + (quick ? 5_000 : 20_000);
    const openedAtMs = (i: number): number =>
      dueFromMs + (i * 1_000) / count - engine.config.closeGraceMs - AGENT_LIMIT_MS;
    await openSessions(engine, count, (i) => Math.floor(openedAtMs(i)));
    await engine.caughtUp(60_000);
    log(`${count} sessions open, due within 1000 ms, ${dueFromMs - Date.now()} ms from now`);
    if (Date.now() > dueFromMs) throw new Error('this machine is too slow: they fell due while they were opened');
    while (engine.timeouts.metrics.closedCount < count) await new Promise((resolve) => setTimeout(resolve, 100));
    const lateMs = (await latenesses(engine)).sort((a, b) => a - b);
    if (lateMs.length !== count) throw new Error(`${lateMs.length} closes of ${count} sessions`);
    for (const percent of [50, 99]) {
      figure({
        figure: `closes-p${percent}`,
        value: percentile(lateMs, percent),
        unit: 'ms',
        note: 'late over the wire',
      });
    }
    const lastMs = lateMs.at(-1) as number;
    figure({ figure: 'closes-max', value: lastMs, unit: 'ms', note: `${count} due in one second` });
    figure({ figure: 'closes-rate', value: (count * 1_000) / (1_000 + lastMs), unit: 'closes/s' });
  } finally {
    await engine.close();
    await served.close();
  }
};

/** From deadline + grace to the store's own time of the close. */
const latenesses = async ({ store, config }: Engine): Promise<number[]> => {
  const late: number[] = [];
  let after: Position | 'start' = 'start';
  for (;;) {
    const page = await store.readAll({ after, maxCount: 10_000 });
    for (let i = 0; i < page.size; i++) {
      const recorded = page.event(i);
      const read = recorded.type === 'closed' ? readEvent(recorded) : undefined;
      if (read?.kind === 'event') late.push(recorded.storedAtMs - read.event.occurredAtMs - config.closeGraceMs);
    }
    if (page.atEnd) return late;
    after = page.scannedTo;
  }
};

export const bench: Bench = {
  name: 'gateway',
  about: 'appends, reads and closes through gateway and adapter, against the embedded store and the bare client',
  run,
};
