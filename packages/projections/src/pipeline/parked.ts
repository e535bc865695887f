import type { Position } from '@lapse/store';
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

/** How much of a reason is kept. */
const WHY_LENGTH_MAX = 500;

/** The parked streams of one generation: few, so all of them are in memory. */
export class ParkedStreams {
  private readonly parked = new Map<string, ParkedStream>();
  /** Changed since they were written, by stream. */
  private readonly unwritten = new Set<string>();

  constructor(
    private readonly views: Views,
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

  /** Inside a transaction. */
  write(): void {
    if (this.unwritten.size === 0) return;
    const { name, generation } = this.generation;
    const remove = this.views.database.prepare('DELETE FROM parked WHERE name = ? AND generation = ? AND stream = ?');
    const insert = this.views.database.prepare('INSERT INTO parked VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const stream of this.unwritten) {
      remove.run(name, generation, stream);
      const parked = this.parked.get(stream);
      if (parked === undefined) continue;
      insert.run(name, generation, stream, parked.revision, parked.position, parked.why, parked.storedAtMs);
    }
  }

  written(): void {
    this.unwritten.clear();
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
