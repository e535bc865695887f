import type { StreamNames } from '@lapse/domain';
import type { SqliteValue } from '@lapse/sqlite';
import { SESSIONS } from '../read-models.js';
import { idOfRow, SESSION_COLUMN_NAMES } from '../sessions/table.js';
import { tableOf, type Generation, type Views } from '../views/views.js';

/** One thing in which a live row is not what the log says. */
export interface RowDifference {
  readonly projection: string;
  /** Of a session's row its id; of others the row's key. */
  readonly key: string;
  /** The stream that says it better; undefined for rows that many streams go into. */
  readonly stream: string | undefined;
  /** `(row)` for one that only one side has. */
  readonly field: string;
  readonly live: unknown;
  readonly rebuilt: unknown;
}

export interface Compared {
  readonly rows: number;
  readonly differences: number;
}

type Report = (difference: RowDifference) => void;
type Row = readonly SqliteValue[];

interface Side {
  readonly views: Views;
  readonly generation: Generation;
}

/** Compares two generations of one read model, row by row in the order of their keys, and what is parked in each. */
export const compareRows = (names: StreamNames, live: Side, rebuilt: Side, report: Report): Compared => {
  let differences = 0;
  const count: Report = (difference) => {
    differences++;
    report(difference);
  };
  const { name } = live.generation;
  const table = name === SESSIONS ? sessionTable(names) : keyedTable(name);
  const rows = merge(table.read(live), table.read(rebuilt), (key, a, b) => table.compare(key, a, b, count));
  const parked = parkedTable(name);
  merge(parked.read(live), parked.read(rebuilt), (key, a, b) => parked.compare(key, a, b, count));
  return { rows, differences };
};

interface Table {
  /** In the order of the first column. */
  read(side: Side): Iterator<Row>;
  compare(key: SqliteValue, live: Row | undefined, rebuilt: Row | undefined, report: Report): void;
}

const iterate = ({ views }: Side, sql: string, ...values: SqliteValue[]): Iterator<Row> =>
  views.database.prepare(sql).iterate<Row>(...(values as string[]));

const sessionTable = (names: StreamNames): Table => {
  const columns = SESSION_COLUMN_NAMES.split(', ');
  return {
    read: (side) => iterate(side, `SELECT key, ${SESSION_COLUMN_NAMES} FROM ${tableOf(side.generation)} ORDER BY key`),
    compare: (_key, live, rebuilt, report) => {
      const id = idOfRow((live ?? rebuilt) as Row);
      const about = { projection: SESSIONS, key: id, stream: names.session(id) };
      if (live === undefined || rebuilt === undefined) {
        report({ ...about, field: '(row)', live: live && 'there', rebuilt: rebuilt && 'there' });
        return;
      }
      columns.forEach((field, i) => {
        const [a, b] = [live[i + 1], rebuilt[i + 1]];
        if (!isSame(a, b)) report({ ...about, field, live: shown(a), rebuilt: shown(b) });
      });
    },
  };
};

const keyedTable = (projection: string): Table => ({
  read: (side) => iterate(side, `SELECT key, row FROM ${tableOf(side.generation)} ORDER BY key`),
  compare: (key, live, rebuilt, report) => {
    if (live?.[1] === rebuilt?.[1]) return;
    const about = { projection, key: String(key), stream: undefined };
    const [a, b] = [fieldsOf(live), fieldsOf(rebuilt)];
    if (a === undefined || b === undefined) {
      report({ ...about, field: '(row)', live: a ?? live?.[1], rebuilt: b ?? rebuilt?.[1] });
      return;
    }
    for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (JSON.stringify(a[field]) !== JSON.stringify(b[field])) {
        report({ ...about, field, live: a[field], rebuilt: b[field] });
      }
    }
  },
});

const parkedTable = (projection: string): Table => ({
  read: (side) => {
    const { name, generation } = side.generation;
    const sql = 'SELECT stream, revision, why FROM parked WHERE name = ? AND generation = ? ORDER BY stream';
    return iterate(side, sql, name, generation);
  },
  compare: (stream, live, rebuilt, report) => {
    if (live?.[1] === rebuilt?.[1] && live?.[2] === rebuilt?.[2]) return;
    const why = (row: Row | undefined): unknown => row && `revision ${row[1]}: ${row[2]}`;
    const key = String(stream);
    report({ projection, key, stream: key, field: '(parked)', live: why(live), rebuilt: why(rebuilt) });
  },
});

/** Undefined for a row that is not there, or is no JSON. */
const fieldsOf = (row: Row | undefined): Record<string, unknown> | undefined => {
  if (row === undefined) return undefined;
  try {
    return JSON.parse(row[1] as string) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

/** Walks two sorted lists side by side. Returns how many keys there were. */
const merge = (
  live: Iterator<Row>,
  rebuilt: Iterator<Row>,
  visit: (key: SqliteValue, live: Row | undefined, rebuilt: Row | undefined) => void,
): number => {
  let [a, b] = [next(live), next(rebuilt)];
  let keys = 0;
  while (a !== undefined || b !== undefined) {
    keys++;
    const order = orderOf(a?.[0], b?.[0]);
    visit((order <= 0 ? a : b)?.[0] as SqliteValue, order <= 0 ? a : undefined, order >= 0 ? b : undefined);
    if (order <= 0) a = next(live);
    if (order >= 0) b = next(rebuilt);
  }
  return keys;
};

const next = (rows: Iterator<Row>): Row | undefined => {
  const { done, value } = rows.next();
  return done === true ? undefined : value;
};

/** As SQLite sorts: numbers by size, text by its bytes. What is not there comes last. */
const orderOf = (a: SqliteValue | undefined, b: SqliteValue | undefined): number => {
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
};

const isSame = (a: SqliteValue | undefined, b: SqliteValue | undefined): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

const shown = (value: SqliteValue | undefined): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
