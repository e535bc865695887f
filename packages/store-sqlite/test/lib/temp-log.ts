import { openSqlite, type SqliteDatabase } from '@lapse/sqlite';
import type { AppendResult, ExpectedRevision } from '@lapse/store';
import { Appender, type AppendToApply } from '../../src/append.js';
import { ByteArena } from '../../src/byte-arena.js';
import { GroupCommit, type GroupLimits } from '../../src/group-commit.js';
import { openLogFile } from '../../src/log-file.js';
import { Reading } from '../../src/reading.js';
import { newRow } from '../../src/rows.js';
import { firstByteFacts, newEvents, TempStores } from './temp-store.js';

/** The parts below the port, on a real file, so that a test can stand between them. */
export class TempLog {
  readonly database: SqliteDatabase;
  readonly groups: GroupCommit;
  /** How many appends each commit held. */
  readonly groupSizes: number[] = [];
  /** What the next transaction meets. */
  private atApply: ((append: AppendToApply) => void) | undefined;
  private atCommit: (() => void) | undefined;

  constructor(file: string, limits: Partial<GroupLimits> = {}) {
    const { database } = openLogFile(file, { readOnly: false, busyTimeoutMs: 0 });
    this.database = database;
    const { streams, types } = new Reading(database, firstByteFacts).source;
    const appender = new Appender(database, streams, types, 1000);
    let applied = 0;
    this.groups = new GroupCommit({
      database: this.withFaults(database),
      appender: {
        apply: (append, storedAtMs) => {
          this.atApply?.(append);
          applied += 1;
          return appender.apply(append, storedAtMs);
        },
        forget: () => {
          applied = 0;
          appender.forget();
        },
      },
      arena: new ByteArena(),
      limits: { groupEventsMax: 100, groupBytesMax: 1e6, waitingAppendsMax: 1000, waitingBytesMax: 1e7, ...limits },
      nowMs: () => 1_700_000_000_000,
      onCommit: () => {
        this.groupSizes.push(applied);
        applied = 0;
      },
    });
  }

  static async create(limits: Partial<GroupLimits> = {}): Promise<{ log: TempLog; stores: TempStores }> {
    const stores = new TempStores();
    await (await stores.write()).close();
    return { log: new TempLog(stores.file, limits), stores };
  }

  append(stream: string, expected: ExpectedRevision = 'any', count = 1, bytes = 100): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const arena = new ByteArena();
      const rows = newEvents(count).map((event) => newRow(event, firstByteFacts(event), arena));
      this.groups.add({ stream, expected, rows, bytes, resolve, reject });
    });
  }

  failAtApply(error: Error, ofStream: string): void {
    this.atApply = ({ stream }) => {
      if (stream === ofStream) throw error;
    };
  }

  failAtCommit(error: Error): void {
    this.atCommit = () => {
      this.atCommit = undefined;
      throw error;
    };
  }

  /** Streams with their revisions, in the order of the log, as another connection sees them. */
  written(): string[] {
    const other = openSqlite(this.database.location, { readOnly: true });
    const rows = other
      .prepare('SELECT name, revision, position FROM events JOIN streams ON key = stream ORDER BY position')
      .all<[string, number, number]>();
    other.close();
    return rows.map(([name, revision, position], i) => {
      if (position !== i + 1) throw new Error(`position ${position} in place ${i + 1}`);
      return `${name}@${revision}`;
    });
  }

  private withFaults(database: SqliteDatabase): SqliteDatabase {
    const transaction = <T>(work: () => T): T =>
      database.transaction(() => {
        const result = work();
        this.atCommit?.();
        return result;
      });
    return Object.assign(Object.create(database) as SqliteDatabase, { transaction });
  }
}
