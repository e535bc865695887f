import type { EventToAppend } from '@lapse/store';
import { tooLarge } from '../failure.js';

export interface WeightLimits {
  readonly appendDataBytesMax: number;
  readonly appendBytesMax: number;
}

/** What an event holds in memory, about: also what a store counts. */
export const appendSize = ({ data, metadata, type }: EventToAppend): number =>
  data.byteLength + metadata.byteLength + 2 * type.length;

/** Weighs the events of one append as they come. Data is counted as a node of version 23.10 counts it; everything together has its own bound. */
export class AppendWeight {
  bytes = 0;
  private dataBytes = 0;

  constructor(private readonly limits: WeightLimits) {}

  /** Throws a failure for the event that makes it too much. */
  add(event: EventToAppend): void {
    this.bytes += appendSize(event);
    this.dataBytes += event.data.byteLength;
    const { appendDataBytesMax, appendBytesMax } = this.limits;
    if (this.dataBytes > appendDataBytesMax || this.bytes > appendBytesMax) throw tooLarge(appendDataBytesMax);
  }
}
