import type { AllPage, EventStore, EventText, Position, RecordedEvent } from '../port.js';

/** The part of a page behind `handledTo`; undefined where all of it has been handled. Costs one comparison for a new page. */
export const restOfPage = (
  page: AllPage,
  handledTo: Position | 'start',
  compare: EventStore['comparePositions'],
): AllPage | undefined => {
  let known = 0;
  while (known < page.size && compare(page.position(known), handledTo) <= 0) known += 1;
  if (known === page.size && compare(page.scannedTo, handledTo) <= 0) return undefined;
  return known === 0 ? page : new RestOfPage(page, known);
};

class RestOfPage implements AllPage {
  constructor(
    private readonly whole: AllPage,
    private readonly skipped: number,
  ) {}

  get size(): number {
    return this.whole.size - this.skipped;
  }
  get scannedTo(): Position | 'start' {
    return this.whole.scannedTo;
  }
  get atEnd(): boolean {
    return this.whole.atEnd;
  }
  position(i: number): Position {
    return this.whole.position(i + this.skipped);
  }
  stream(i: number): string {
    return this.whole.stream(i + this.skipped);
  }
  streamKey(i: number): number | undefined {
    return this.whole.streamKey(i + this.skipped);
  }
  revision(i: number): number {
    return this.whole.revision(i + this.skipped);
  }
  kind(i: number): number {
    return this.whole.kind(i + this.skipped);
  }
  atMs(i: number): number {
    return this.whole.atMs(i + this.skipped);
  }
  flags(i: number): number {
    return this.whole.flags(i + this.skipped);
  }
  idLow32(i: number): number {
    return this.whole.idLow32(i + this.skipped);
  }
  storedAtMs(i: number): number {
    return this.whole.storedAtMs(i + this.skipped);
  }
  text(i: number): EventText | undefined {
    return this.whole.text(i + this.skipped);
  }
  event(i: number): RecordedEvent {
    return this.whole.event(i + this.skipped);
  }
}
