import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { jsonEvent } from '@eventstore/db-client';
import { engineConfig, openEngine, type Engine } from '@lapse/engine';
import { NO_STREAM, type EventStore, type EventToAppend, type Position } from '@lapse/store';

export interface ServedLog {
  readonly connection: string;
  close(): Promise<void>;
}

/** A gateway in a process of its own, as clients meet it. */
export const serveLog = async (folder: string): Promise<ServedLog> => {
  const program = fileURLToPath(new URL('gateway-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const { value, done } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  if (done === true) throw new Error('the gateway did not start');
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return { connection: `esdb://127.0.0.1:${value}?tls=false`, close };
};

/** An engine on the real clock over the wire; its own store is the adapter. */
export const openWireEngine = (dataDir: string, store: string, sweeps: boolean): Promise<Engine> =>
  openEngine({
    config: engineConfig.parse({ dataDir, store }),
    nowMs: Date.now,
    random: Math.random,
    setTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    sweeps,
  });

/** `events` by so many callers, each with a stream of its own, `perAppend` at a time, each append after the answer before. */
export interface Work {
  readonly name: string;
  readonly events: readonly EventToAppend[];
  readonly callers: number;
  readonly perAppend: number;
}

const byCallers = async (
  work: Work,
  append: (stream: string, share: EventToAppend[], after: number) => Promise<void>,
) => {
  const { name, events, callers, perAppend } = work;
  const each = events.length / callers;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      const share = events.slice(caller * each, (caller + 1) * each);
      for (let from = 0; from < share.length; from += perAppend) {
        await append(`bench-${name}-${caller}`, share.slice(from, from + perAppend), from - 1);
      }
    }),
  );
};

export const appendByStore = (store: EventStore, work: Work): Promise<void> =>
  byCallers(work, async (stream, share, after) => {
    const result = await store.append(stream, share, after);
    if (result.kind !== 'appended') throw new Error(`${stream} has two writers`);
  });

/** As the official client is used: its own events, its own way of appending. */
export const appendByClient = (client: EventStoreDBClient, work: Work): Promise<void> => {
  const parsed = new Map(
    work.events.map(({ id, type, data, metadata }) => [id, { id, type, data: parse(data), metadata: parse(metadata) }]),
  );
  return byCallers(work, async (stream, share, after) => {
    const events = share.map(({ id }) => jsonEvent(parsed.get(id) as NonNullable<ReturnType<typeof parsed.get>>));
    await client.appendToStream(stream, events, {
      expectedRevision: after === NO_STREAM ? 'no_stream' : BigInt(after),
    });
  });
};

const parse = (bytes: Uint8Array): Record<string, unknown> =>
  JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;

const PAGE_EVENTS = 1_000;

/** Reads so many events from the start of the log, payloads too. */
export const readByStore = async (store: EventStore, count: number): Promise<void> => {
  let after: Position | 'start' = 'start';
  for (let seen = 0; seen < count;) {
    const page = await store.readAll({ after, maxCount: PAGE_EVENTS });
    for (let i = 0; i < page.size; i++) seen += page.event(i).data.length > 0 ? 1 : 0;
    if (page.atEnd && seen < count) throw new Error(`the log holds only ${seen} events`);
    after = page.scannedTo;
  }
};

export const subscribeByStore = async (store: EventStore, count: number): Promise<void> => {
  let seen = 0;
  for await (const message of store.subscribe({ after: 'start', pageSizeMax: PAGE_EVENTS })) {
    if (message.kind === 'caught-up') throw new Error(`the log holds only ${seen} events`);
    for (let i = 0; i < message.page.size; i++) seen += message.page.event(i).data.length > 0 ? 1 : 0;
    if (seen >= count) return;
  }
};

export const readByClient = async (client: EventStoreDBClient, count: number): Promise<void> => {
  const events = client.readAll({ maxCount: count });
  let seen = 0;
  for await (const { event } of events) seen += event === undefined ? 0 : 1;
  if (seen < count) throw new Error(`the log holds only ${seen} events`);
};

export const subscribeByClient = async (client: EventStoreDBClient, count: number): Promise<void> => {
  const subscription = client.subscribeToAll({ fromPosition: 'start' });
  let seen = 0;
  for await (const { event } of subscription) {
    seen += event === undefined ? 0 : 1;
    if (seen >= count) break;
  }
  await subscription.unsubscribe();
};
