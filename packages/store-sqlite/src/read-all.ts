import type { SqliteDatabase, SqliteStatement } from '@lapse/sqlite';
import { KIND_UNCERTAIN } from '@lapse/store';
import type { ReadAhead } from './ahead/read-ahead.js';
import { ColumnReader, type Columns } from './columns.js';
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
    private readonly ahead: ReadAhead | undefined,
  ) {
    this.columns = new ColumnReader(database);
    this.selectHead = database.prepare('SELECT coalesce(max(position), 0) AS head FROM events');
  }

  /** The last position, 0 in an empty log. */
  head(): number {
    return this.selectHead.get<[number]>()![0];
  }

  page(request: PageRequest): SqlitePage {
    const { after, maxCount, payloadOfKinds } = request;
    return this.pageOf(request, this.columns.read(after, maxCount, payloadOfKinds));
  }

  /** The page that {@link page} gives, as soon as another thread has read it where one reads ahead. */
  async nextPage(request: PageRequest): Promise<SqlitePage> {
    const { ahead } = this;
    if (ahead === undefined) return this.page(request);
    const stretch = { after: request.after, maxCount: request.maxCount, textOfKinds: request.payloadOfKinds };
    const taken = await ahead.take(stretch);
    if (taken !== undefined) return this.pageOf(request, taken);
    const columns = this.columns.read(request.after, request.maxCount, request.payloadOfKinds);
    ahead.hasRead(stretch, columns);
    return this.pageOf(request, columns);
  }

  private pageOf({ after, maxCount, streamPrefixes, payloadOfKinds }: PageRequest, columns: Columns): SqlitePage {
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
  private startingWithOneOf(streams: Float64Array, prefixes: readonly string[]): readonly number[] | undefined {
    const { streams: names } = this.source;
    let first = 0;
    while (first < streams.length && names.startsWithOneOf(streams[first]!, prefixes)) first++;
    if (first === streams.length) return undefined;
    const chosen = Array.from({ length: first }, (_, i) => i);
    for (let i = first + 1; i < streams.length; i++) if (names.startsWithOneOf(streams[i]!, prefixes)) chosen.push(i);
    return chosen;
  }
}
