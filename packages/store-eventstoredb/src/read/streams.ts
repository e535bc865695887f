import type { StreamPage } from '@lapse/store';
import type { Lane } from '../connection/lane.js';
import type { Names } from '../names.js';
import type { WireEvent } from '../wire/read-messages.js';
import { recordedEvent } from './page.js';
import type { Reader } from './reader.js';
import { streamRequest, type StreamRequest } from './requests.js';

/** How a stream is read, with every default filled in. */
export interface StreamRead {
  readonly from: number | 'start' | 'end';
  readonly direction: 'forwards' | 'backwards';
  readonly maxCount: number;
}

interface Limit {
  readonly signal?: AbortSignal | undefined;
  readonly totalMs?: number;
}

/**
 * Reads single streams, always as the leader has them: whoever reads a stream decides something by it, and a follower is
 * behind by up to a fifth of a second in one read of ten.
 */
export class StreamReader {
  constructor(
    private readonly reader: Reader,
    private readonly lane: Lane,
    private readonly names: Names,
  ) {}

  /** `stream` as callers name it. */
  async page(stream: string, read: StreamRead, signal: AbortSignal | undefined): Promise<StreamPage> {
    const name = this.names.onServer(stream);
    const { direction, maxCount } = read;
    const limit = { signal };
    if (direction === 'forwards' && read.from === 'end') {
      const exists = (await this.events(name, { from: 'end', direction: 'backwards', count: 1 }, limit)) !== undefined;
      return exists ? { kind: 'page', events: [], atEnd: true } : { kind: 'no-stream' };
    }
    const from = direction === 'backwards' ? await this.notBeyondEnd(name, read.from, limit) : read.from;
    // One more than asked for tells whether the page is the last.
    const events = await this.events(name, { from, direction, count: maxCount + 1 }, limit);
    if (events === undefined) return { kind: 'no-stream' };
    const kept = events.slice(0, maxCount).map((event) => recordedEvent(event, this.names));
    return { kind: 'page', events: kept, atEnd: events.length <= maxCount };
  }

  /** `stream` as the server names it; undefined where there is none. */
  async events(
    stream: string,
    request: Omit<StreamRequest, 'stream'>,
    limit: Limit = {},
  ): Promise<WireEvent[] | undefined> {
    const events: WireEvent[] = [];
    const outcome = await this.reader.run({
      what: `read of ${JSON.stringify(stream)}`,
      lane: this.lane,
      requiresLeader: true,
      request: () => streamRequest(restOf({ stream, ...request }, events)),
      onEvent: (event) => events.push(event),
      isComplete: () => isNothing(restOf({ stream, ...request }, events)),
      ...limit,
    });
    return outcome === 'no-stream' ? undefined : events;
  }

  /** From beyond the end a node walks down page by page; the end itself is found in one step. */
  private async notBeyondEnd(stream: string, from: StreamRead['from'], limit: Limit): Promise<StreamRead['from']> {
    if (typeof from !== 'number') return from;
    const newest = await this.events(stream, { from: 'end', direction: 'backwards', count: 1 }, limit);
    return newest?.[0] !== undefined && newest[0].revision < from ? 'end' : from;
  }
}

/** Backwards nothing comes behind the first event. */
const isNothing = ({ from, count }: StreamRequest): boolean => count <= 0 || (typeof from === 'number' && from < 0);

/** What is still missing after the events that came before the read broke off. */
const restOf = (request: StreamRequest, events: readonly WireEvent[]): StreamRequest => {
  const last = events.at(-1);
  if (last === undefined) return request;
  const from = request.direction === 'forwards' ? last.revision + 1 : last.revision - 1;
  return { ...request, from, count: request.count - events.length };
};
