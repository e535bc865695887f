import type { AllPage, EventText, Position, RecordedEvent } from '@lapse/store';
import type { Place } from '../views/views.js';

/** A page without the events behind a place. */
export const upTo = (page: AllPage, to: Place, compare: (a: Place, b: Place) => number): AllPage => {
  if (compare(page.scannedTo, to) <= 0) return page;
  let size = page.size;
  while (size > 0 && compare(page.position(size - 1), to) > 0) size--;
  return new FirstOfPage(page, size, to);
};

class FirstOfPage implements AllPage {
  readonly atEnd = false;

  constructor(
    private readonly page: AllPage,
    readonly size: number,
    readonly scannedTo: Place,
  ) {}

  position(i: number): Position {
    return this.page.position(i);
  }
  stream(i: number): string {
    return this.page.stream(i);
  }
  streamKey(i: number): number | undefined {
    return this.page.streamKey(i);
  }
  revision(i: number): number {
    return this.page.revision(i);
  }
  kind(i: number): number {
    return this.page.kind(i);
  }
  atMs(i: number): number {
    return this.page.atMs(i);
  }
  flags(i: number): number {
    return this.page.flags(i);
  }
  idLow32(i: number): number {
    return this.page.idLow32(i);
  }
  storedAtMs(i: number): number {
    return this.page.storedAtMs(i);
  }
  text(i: number): EventText | undefined {
    return this.page.text(i);
  }
  event(i: number): RecordedEvent {
    return this.page.event(i);
  }
}
