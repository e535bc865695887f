import type { EventToAppend } from '@lapse/store';
import { tooLarge } from '../failure.js';

export interface WeightLimits {
  readonly appendDataBytesMax: number;
  readonly appendBytesMax: number;
  readonly appendEventsMax: number;
}

/** What an event holds in memory, about: also what a store counts. */
export const appendSize = ({ data, metadata, type }: EventToAppend): number =>
  data.byteLength + metadata.byteLength + 2 * type.length;

/** Weighs the events of one append as they come. Data is counted as a node of version 23.10 counts it; everything together has its own bound. */
export class AppendWeight {
  bytes = 0;
  private dataBytes = 0;
  private events = 0;

  constructor(private readonly limits: WeightLimits) {}

  /** Throws a failure for the event that makes it too much. */
  add(event: EventToAppend): void {
    this.bytes += appendSize(event);
    this.dataBytes += event.data.byteLength;
    this.events += 1;
    const { appendDataBytesMax, appendBytesMax, appendEventsMax } = this.limits;
    const isTooMuch = this.bytes > appendBytesMax || this.events > appendEventsMax;
    if (isTooMuch || this.dataBytes > appendDataBytesMax) throw tooLarge(appendDataBytesMax);
  }
}
