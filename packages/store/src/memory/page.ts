import type { AllPage, Position, RecordedEvent } from '../port.js';
import { positionOf, recordedEvent, type MemoryLog, type MemoryRecord } from './log.js';

export const startsWithOneOf = (stream: string, prefixes: readonly string[] | undefined): boolean =>
  prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));

export class MemoryPage implements AllPage {
  constructor(
    private readonly log: MemoryLog,
    private readonly records: readonly MemoryRecord[],
    readonly scannedTo: Position | 'start',
    readonly atEnd: boolean,
  ) {}

  get size(): number {
    return this.records.length;
  }
  position(i: number): Position {
    return positionOf(this.at(i).number);
  }
  stream(i: number): string {
    return this.at(i).stream;
  }
  streamKey(): undefined {
    return undefined;
  }
  revision(i: number): number {
    return this.at(i).revision;
  }
  kind(i: number): number {
    return this.log.factsOf(this.at(i)).kind;
  }
  atMs(i: number): number {
    return this.log.factsOf(this.at(i)).atMs;
  }
  flags(i: number): number {
    return this.log.factsOf(this.at(i)).flags;
  }
  idLow32(i: number): number {
    return Number.parseInt(this.at(i).event.id.slice(-8), 16);
  }
  storedAtMs(i: number): number {
    return this.at(i).storedAtMs;
  }
  text(): undefined {
    return undefined;
  }
  event(i: number): RecordedEvent {
    return recordedEvent(this.at(i));
  }

  private at(i: number): MemoryRecord {
    const record = this.records[i];
    if (record === undefined) throw new RangeError(`index ${i} of a page of ${this.size} events`);
    return record;
  }
}
