import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeEvent,
  extractFacts,
  firstVersion,
  pinOf,
  standardPolicy,
  streamNames,
  type EncodedEvent,
  type LapseEvent,
} from '@lapse/domain';
import { openSqlite, type SqliteDatabase } from '@lapse/sqlite';
import { openStore } from './append-world.js';
import { seededRandom } from './random.js';
import { SessionScript, type Happening } from './session-script.js';

export interface GeneratedLog {
  readonly events: number;
  readonly sessions: number;
  readonly merchants: number;
}

export interface GenerateOptions {
  /** It ends with the last session that begins before so many. */
  readonly events: number;
  readonly seed: number;
  readonly merchants: number;
  readonly sessionsPerHour: number;
}

export const generateDefaults = { seed: 20, merchants: 500, sessionsPerHour: 1_000 };

const FIRST_HOUR_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;
const EVENTS_PER_TRANSACTION = 20_000;
/** Of so many events at the start the facts are compared with those that the store would have taken from the payload. */
const CHECKED_EVENTS = 2_000;

/**
 * Events one after another as a store records them, sessions beside each other as in life. In memory are the sessions that
 * are under way, however long the log is.
 */
export function* happenings({ events, seed, merchants, sessionsPerHour }: GenerateOptions): Generator<LogEntry> {
  const random = seededRandom(seed);
  const underWay = new SessionHeap();
  let opensAtMs = FIRST_HOUR_MS;
  let sessions = 0;
  let written = 0;
  while (written < events || underWay.size > 0) {
    if (written < events && opensAtMs <= underWay.soonestMs) {
      const script = new SessionScript(++sessions, merchants, opensAtMs, random);
      for (const event of opening(script)) yield { script, happening: { storedAtMs: opensAtMs, event } };
      written += 2;
      underWay.add(script, opensAtMs);
      opensAtMs += Math.round((-Math.log(1 - random()) * HOUR_MS) / sessionsPerHour);
    } else {
      const { script, happening } = underWay.take();
      yield { script, happening };
      written++;
      underWay.add(script, happening.event.occurredAtMs);
    }
  }
}

export interface LogEntry {
  readonly script: SessionScript;
  readonly happening: Happening;
}

const opening = ({ merchantId, number, openedAtMs }: SessionScript): LapseEvent[] => {
  const version = { ...standardPolicy(), version: 1, merchantRevision: 0, data: undefined };
  const data = { merchantId, openedBy: 'buyer', buyerId: `b${number}`, externalId: `chat-${number}` } as const;
  return [
    { type: 'opened', occurredAtMs: openedAtMs, data },
    { type: 'config-version', occurredAtMs: openedAtMs, data: pinOf(merchantId, version) },
  ];
};

/** Sessions by when they are heard of next. */
class SessionHeap {
  private readonly entries: (LogEntry & { readonly atMs: number })[] = [];

  get size(): number {
    return this.entries.length;
  }
  get soonestMs(): number {
    return this.entries[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Forgets the session where nothing follows. */
  add(script: SessionScript, afterMs: number): void {
    const happening = script.next(afterMs);
    if (happening === undefined) return;
    const { entries } = this;
    const added = { script, happening, atMs: happening.storedAtMs };
    let at = entries.push(added) - 1;
    for (let above = (at - 1) >> 1; at > 0 && entries[above]!.atMs > added.atMs; above = (at - 1) >> 1) {
      entries[at] = entries[above]!;
      at = above;
    }
    entries[at] = added;
  }

  take(): LogEntry {
    const { entries } = this;
    const soonest = entries[0]!;
    const last = entries.pop()!;
    if (entries.length === 0) return soonest;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= entries.length) break;
      if (below + 1 < entries.length && entries[below + 1]!.atMs < entries[below]!.atMs) below++;
      if (entries[below]!.atMs >= last.atMs) break;
      entries[at] = entries[below]!;
      at = below;
    }
    entries[at] = last;
    return soonest;
  }
}

/**
 * Writes a log into `events.db` of the folder: every merchant's config, then what happened. Past the store, in its own layout:
 * an fsync for each append would make a log of twenty million events a matter of hours.
 */
export const writeGeneratedLog = async (
  folder: string,
  given: Partial<GenerateOptions> & Pick<GenerateOptions, 'events'>,
): Promise<GeneratedLog> => {
  const options = { ...generateDefaults, ...given };
  await (await openStore(folder, extractFacts)).close();
  const file = join(folder, 'events.db');
  const database = openSqlite(file);
  try {
    database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -65536');
    const writer = new LogWriter(database, seededRandom(options.seed + 1));
    database.exec('BEGIN');
    for (let i = 0; i < options.merchants; i++) {
      const data = firstVersion({ merchantId: `m${i}` });
      writer.write(
        names.merchant(`m${i}`),
        { type: 'config-version', occurredAtMs: FIRST_HOUR_MS, data },
        undefined,
        0,
      );
    }
    for (const { script, happening } of happenings(options)) {
      const { event, storedAtMs, noticedAtMs } = happening;
      writer.write(names.session(script.sessionId), event, noticedAtMs, storedAtMs);
    }
    database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
    return { events: writer.events, sessions: writer.streams - options.merchants, merchants: options.merchants };
  } finally {
    database.close();
    toDisk(file);
  }
};

/** Whatever is measured next should not share the machine with what the system has yet to write. */
const toDisk = (file: string): void => {
  const open = openSync(file, 'r+');
  fsyncSync(open);
  closeSync(open);
};

const names = streamNames();

class LogWriter {
  events = 0;
  streams = 0;
  /** Only of streams that may still be written to. */
  private readonly open = new Map<string, { readonly key: number; revision: number }>();
  private readonly types = new Map<string, number>();
  private readonly insert;
  private readonly insertStream;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly random: () => number,
  ) {
    this.insert = database.prepare(
      'INSERT INTO events (position, stream, revision, kind, at, flags, id_low, stored_at, type, content_type, id, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)',
    );
    this.insertStream = database.prepare('INSERT INTO streams (key, name) VALUES (?, ?)');
  }

  write(name: string, event: LapseEvent, noticedAtMs: number | undefined, storedAtMs: number): void {
    const idLow = Math.floor(this.random() * 2 ** 32);
    const id = `00000000-0000-4000-8000-${hex(this.events, 4)}${hex(idLow, 8)}`;
    const encoded = encodeEvent(id, event, noticedAtMs === undefined ? {} : { noticedAtMs });
    const stream = this.streamAt(name);
    const kind = kindOf(event.type);
    const flags = event.type === 'message-from-agent' && event.data.automated ? 1 : 0;
    if (this.events < CHECKED_EVENTS) checkFacts(encoded, kind, event.occurredAtMs, flags);
    this.insert.run(
      ++this.events,
      stream.key,
      ++stream.revision,
      kind,
      event.occurredAtMs,
      flags,
      idLow,
      storedAtMs,
      this.typeKeyOf(event.type),
      id,
      encoded.metadata,
      encoded.data,
    );
    if (event.type === 'closed') this.open.delete(name);
    if (this.events % EVENTS_PER_TRANSACTION === 0) this.database.exec('COMMIT; BEGIN');
  }

  private streamAt(name: string): { readonly key: number; revision: number } {
    const known = this.open.get(name);
    if (known !== undefined) return known;
    const added = { key: ++this.streams, revision: -1 };
    this.insertStream.run(added.key, name);
    this.open.set(name, added);
    return added;
  }

  private typeKeyOf(type: string): number {
    const known = this.types.get(type);
    if (known !== undefined) return known;
    const key = this.types.size + 1;
    this.database.prepare('INSERT INTO types (key, name) VALUES (?, ?)').run(key, type);
    this.types.set(type, key);
    return key;
  }
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0').slice(-digits);

const kinds: readonly LapseEvent['type'][] = [
  'opened',
  'config-version',
  'message-from-buyer',
  'message-from-agent',
  'queued',
  'closed',
];
const kindOf = (type: LapseEvent['type']): number => kinds.indexOf(type) + 1;

const checkFacts = (encoded: EncodedEvent, kind: number, atMs: number, flags: number): void => {
  const facts = extractFacts(encoded);
  if (facts.kind !== kind || facts.atMs !== atMs || facts.flags !== flags) {
    throw new Error(
      `a ${encoded.type} was written as kind ${kind} at ${atMs}, a store takes it for ${JSON.stringify(facts)}`,
    );
  }
};
