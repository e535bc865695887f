import type { Position } from '@lapse/store';
import type { RowWrites } from '../views/row-writes.js';
import type { GenerationId, Views } from '../views/views.js';

/** A stream that one read model cannot fold any further. */
export interface ParkedStream {
  readonly stream: string;
  /** The event at which it stopped. */
  readonly revision: number;
  readonly position: Position;
  readonly why: string;
  /** The store's own time of that event. */
  readonly storedAtMs: number;
}

const REMOVE = 'DELETE FROM parked WHERE name = ? AND generation = ? AND stream = ?';
const INSERT = 'INSERT INTO parked VALUES (?, ?, ?, ?, ?, ?, ?)';
const NOTHING: ReadonlySet<string> = new Set();

/** How much of a reason is kept. */
const WHY_LENGTH_MAX = 500;

/** The parked streams of one generation: few, so all of them are in memory. */
export class ParkedStreams {
  private readonly parked = new Map<string, ParkedStream>();
  /** Changed since they were written, by stream. */
  private unwritten = new Set<string>();
  private handedOver: ReadonlySet<string> = NOTHING;

  constructor(
    views: Views,
    private readonly generation: GenerationId,
  ) {
    for (const parked of readParked(views, generation)) this.parked.set(parked.stream, parked);
  }

  get size(): number {
    return this.parked.size;
  }

  has(stream: string): boolean {
    return this.parked.size > 0 && this.parked.has(stream);
  }

  get(stream: string): ParkedStream | undefined {
    return this.parked.get(stream);
  }

  list(): readonly ParkedStream[] {
    return [...this.parked.values()];
  }

  /** The first reason stays. */
  add(parked: ParkedStream): void {
    if (!this.parked.has(parked.stream)) this.set(parked.stream, parked);
  }

  /** Where a stream that was folded again is parked now; undefined: nowhere. */
  set(stream: string, parked: ParkedStream | undefined): void {
    if (parked === undefined) this.parked.delete(stream);
    else this.parked.set(stream, { ...parked, why: parked.why.slice(0, WHY_LENGTH_MAX) });
    this.unwritten.add(stream);
  }

  write(to: RowWrites): void {
    const { name, generation } = this.generation;
    this.handedOver = this.unwritten;
    this.unwritten = new Set();
    for (const stream of this.handedOver) {
      to.run(REMOVE, [name, generation, stream]);
      const parked = this.parked.get(stream);
      if (parked === undefined) continue;
      const { revision, position, why, storedAtMs } = parked;
      to.run(INSERT, [name, generation, stream, revision, position, why, storedAtMs]);
    }
  }

  /** After the commit. */
  written(): void {
    this.handedOver = NOTHING;
  }

  /** What {@link write} handed over is not in the file. */
  notWritten(): void {
    for (const stream of this.handedOver) this.unwritten.add(stream);
    this.handedOver = NOTHING;
  }
}

type Row = [stream: string, revision: number, position: string, why: string, storedAtMs: number];

const readParked = (views: Views, { name, generation }: GenerationId): readonly ParkedStream[] => {
  const sql =
    'SELECT stream, revision, position, why, stored_at_ms FROM parked WHERE name = ? AND generation = ? ORDER BY stream';
  const rows = views.reading(() => views.database.prepare(sql).all<Row>(name, generation));
  return rows.map(([stream, revision, position, why, storedAtMs]) => {
    return { stream, revision, position: position as Position, why, storedAtMs };
  });
};
