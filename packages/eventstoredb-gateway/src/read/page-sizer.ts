import type { RecordedEvent } from '@lapse/store';

const FIRST_PAGE_EVENTS = 32;

/** Sizes pages by what the last one weighed: many small events or a few large ones, about the same memory. */
export class PageSizer {
  private events: number;
  private bytes = 0;

  constructor(
    private readonly eventsMax: number,
    private readonly bytesAim: number,
  ) {
    this.events = Math.min(FIRST_PAGE_EVENTS, eventsMax);
  }

  /** How many events the next page should have, between 1 and `max`. */
  next(max: number = Number.POSITIVE_INFINITY): number {
    if (this.bytes > this.bytesAim) this.events = Math.max(1, Math.floor(this.events / 2));
    else if (this.bytes < this.bytesAim / 2) this.events = Math.min(this.eventsMax, this.events * 2);
    this.bytes = 0;
    return Math.max(1, Math.min(this.events, max));
  }

  read({ data, metadata }: Pick<RecordedEvent, 'data' | 'metadata'>): void {
    this.bytes += data.byteLength + metadata.byteLength;
  }
}
