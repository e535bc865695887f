import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { KIND_UNCERTAIN } from '@lapse/store';
import { ColumnReader, NOTHING } from './columns.js';
import { SqlitePage, type PageSource } from './page.js';
import { positionOrStart } from './position.js';

export interface PageRequest {
  /** Exclusive; 0 is the start. */
  readonly after: number;
  readonly maxCount: number;
  readonly streamPrefixes: readonly string[] | undefined;
  readonly payloadOfKinds: readonly number[] | undefined;
}

/** Pages of the total order, straight from the columns. */
export class AllReader {
  private readonly columns: ColumnReader;
  private readonly selectHead: SqliteStatement;

  constructor(
    database: SqliteDatabase,
    private readonly source: PageSource,
  ) {
    this.columns = new ColumnReader(database);
    this.selectHead = database.prepare('SELECT coalesce(max(position), 0) AS head FROM events');
  }

  /** The last position, 0 in an empty log. */
  head(): number {
    return this.selectHead.get<[number]>()![0];
  }

  page({ after, maxCount, streamPrefixes, payloadOfKinds }: PageRequest): SqlitePage {
    const columns = this.columns.read(after, maxCount, payloadOfKinds) ?? NOTHING;
    const { positions } = columns;
    const last = positions.length === 0 ? after : positions[positions.length - 1]!;
    return new SqlitePage(this.source, {
      columns,
      chosen: streamPrefixes === undefined ? undefined : this.startingWithOneOf(columns.streams, streamPrefixes),
      looked: positions.length,
      scannedTo: positionOrStart(last),
      atEnd: positions.length < maxCount || last >= this.head(),
      // What is uncertain is read anyway: only its payload tells its facts.
      payloadOfKinds: payloadOfKinds === undefined ? undefined : new Set([...payloadOfKinds, KIND_UNCERTAIN]),
    });
  }

  /** The places of the streams whose names start so; undefined: all of them. */
  private startingWithOneOf(streams: readonly number[], prefixes: readonly string[]): readonly number[] | undefined {
    const { streams: names } = this.source;
    const isWanted = (key: number): boolean => {
      const name = names.nameOf(key);
      return prefixes.some((prefix) => name.startsWith(prefix));
    };
    const first = streams.findIndex((key) => !isWanted(key));
    if (first === -1) return undefined;
    const chosen = Array.from({ length: first }, (_, i) => i);
    for (let i = first + 1; i < streams.length; i++) if (isWanted(streams[i]!)) chosen.push(i);
    return chosen;
  }
}
