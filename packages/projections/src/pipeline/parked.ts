import type { Position } from '@lapse/store';
import type { GenerationId, Views } from '../views/views.js';

/** A stream that one read model cannot fold any further. */
export interface ParkedStream {
  readonly stream: string;
  /** The event at which it stopped. */
  readonly revision: number;
  readonly position: Position;
  readonly why: string;
}

/** How much of a reason is kept. */
const WHY_LENGTH_MAX = 500;

/** The parked streams of one generation: few, so all of them are in memory. */
export class ParkedStreams {
  private readonly parked = new Map<string, ParkedStream>();
  private readonly unwritten: ParkedStream[] = [];

  constructor(
    private readonly views: Views,
    private readonly generation: GenerationId,
  ) {
    for (const parked of readParked(views, generation)) this.parked.set(parked.stream, parked);
  }

  get size(): number {
    return this.parked.size;
  }
  get dirtyRows(): number {
    return this.unwritten.length;
  }

  has(stream: string): boolean {
    return this.parked.size > 0 && this.parked.has(stream);
  }

  list(): readonly ParkedStream[] {
    return [...this.parked.values()];
  }

  /** The first reason stays. */
  add(parked: ParkedStream): void {
    if (this.parked.has(parked.stream)) return;
    const kept = { ...parked, why: parked.why.slice(0, WHY_LENGTH_MAX) };
    this.parked.set(parked.stream, kept);
    this.unwritten.push(kept);
  }

  /** Inside a transaction. */
  write(): void {
    const { name, generation } = this.generation;
    const insert = this.views.database.prepare('INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?)');
    for (const { stream, revision, position, why } of this.unwritten) {
      insert.run(name, generation, stream, revision, position, why);
    }
  }

  written(): void {
    this.unwritten.length = 0;
  }
}

type Row = [stream: string, revision: number, position: string, why: string];

const readParked = (views: Views, { name, generation }: GenerationId): readonly ParkedStream[] => {
  const sql = 'SELECT stream, revision, position, why FROM parked WHERE name = ? AND generation = ? ORDER BY stream';
  const rows = views.reading(() => views.database.prepare(sql).all<Row>(name, generation));
  return rows.map(([stream, revision, position, why]) => ({ stream, revision, position: position as Position, why }));
};
