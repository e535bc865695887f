import type { SqliteDatabase } from '@lapse/sqlite';
import type { FactsExtractor } from '@lapse/store';
import type { ReadAhead } from './ahead/read-ahead.js';
import { Names } from './names.js';
import type { PageSource } from './page.js';
import { PayloadReader } from './payloads.js';
import { AllReader } from './read-all.js';
import { StreamReader } from './read-stream.js';

const STREAM_NAMES_CACHED = 1 << 17;
const TYPE_NAMES_CACHED = 1 << 10;

/** Everything that reads, on one connection. */
export class Reading {
  readonly source: PageSource;
  readonly all: AllReader;
  readonly oneStream: StreamReader;

  constructor(
    database: SqliteDatabase,
    extractFacts: FactsExtractor,
    readonly ahead?: ReadAhead,
  ) {
    this.source = {
      file: database.location,
      streams: new Names(database, 'streams', STREAM_NAMES_CACHED),
      types: new Names(database, 'types', TYPE_NAMES_CACHED),
      payloads: new PayloadReader(database),
      extractFacts,
    };
    this.all = new AllReader(database, this.source, ahead);
    this.oneStream = new StreamReader(database, this.source.streams, this.source.types);
  }
}
