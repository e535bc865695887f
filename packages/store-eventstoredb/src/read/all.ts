import type { AllPage, FactsExtractor, Position } from '@lapse/store';
import type { Lane } from '../connection/lane.js';
import type { Names } from '../names.js';
import type { WireEvent } from '../wire/read-messages.js';
import { EventPage } from './page.js';
import { matches } from './pager.js';
import type { Reader } from './reader.js';
import { allRequest } from './requests.js';

/** Backwards over events that nobody is shown (the marker, links) in steps of so many. */
const HEAD_STEP = 8;
const HEAD_STEPS_MAX = 1000;

export interface AllRead {
  readonly after: Position | 'start';
  readonly maxCount: number;
  readonly streamPrefixes: readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads the order of all events, without those that are nobody's business. */
export class AllReader {
  constructor(
    private readonly reader: Reader,
    /** Where pages may come from a follower. */
    private readonly lane: Lane,
    private readonly leaderLane: Lane,
    private readonly names: Names,
    private readonly extractFacts: FactsExtractor,
  ) {}

  async page({ after, maxCount, streamPrefixes, signal }: AllRead): Promise<AllPage> {
    const looked: WireEvent[] = [];
    let seenTo: Position | 'start' = after;
    // Counting what the server sends, hidden events too, tells where its log ended.
    const state = { sent: 0, asked: 0 };
    const more = async (): Promise<void> => {
      state.sent = 0;
      await this.reader.run({
        what: 'read of the log',
        lane: this.lane,
        requiresLeader: false,
        fromPosition: seenTo !== 'start',
        signal,
        request: () => {
          state.sent = 0;
          // The event at the position itself comes first, if it is still there; one more than asked for tells the end.
          state.asked = maxCount + 1 - looked.length + (seenTo === 'start' ? 0 : 1);
          return allRequest({
            from: seenTo,
            direction: 'forwards',
            streamPrefix: this.names.prefix,
            count: state.asked,
          });
        },
        onEvent: (event) => {
          state.sent += 1;
          if (event.position === seenTo) return;
          seenTo = event.position;
          if (this.names.isVisible(event)) looked.push(event);
        },
      });
    };
    do await more();
    while (looked.length <= maxCount && state.sent >= state.asked);
    const kept = looked.slice(0, maxCount);
    const wanted = kept.filter(({ stream }) => matches(this.names.ofCaller(stream), streamPrefixes));
    const scannedTo = kept.at(-1)?.position ?? after;
    return new EventPage(wanted, scannedTo, looked.length <= maxCount, this.names, this.extractFacts);
  }

  /** The newest event that a reader is shown, as the leader has it. */
  async head(totalMs?: number): Promise<Position | 'start'> {
    let from: Position | 'end' = 'end';
    for (let step = 0; step < HEAD_STEPS_MAX; step += 1) {
      const events = await this.backwards(from, step === 0 ? 1 : HEAD_STEP, this.names.prefix, totalMs);
      const newest = events.find((event) => this.names.isVisible(event));
      if (newest !== undefined) return newest.position;
      const last = events.at(-1);
      if (last === undefined) return 'start';
      from = last.position;
    }
    return 'start';
  }

  /** The newest record of the whole log, whoever it belongs to. */
  async end(): Promise<Position | 'start'> {
    return (await this.backwards('end', 1, undefined))[0]?.position ?? 'start';
  }

  private async backwards(
    from: Position | 'end',
    count: number,
    streamPrefix: string | undefined,
    totalMs?: number,
  ): Promise<WireEvent[]> {
    const events: WireEvent[] = [];
    await this.reader.run({
      what: 'read of the head',
      lane: this.leaderLane,
      requiresLeader: true,
      request: () => {
        events.length = 0;
        return allRequest({
          from,
          direction: 'backwards',
          count,
          ...(streamPrefix === undefined ? {} : { streamPrefix }),
        });
      },
      onEvent: (event) => events.push(event),
      ...(totalMs === undefined ? {} : { totalMs }),
    });
    return events;
  }
}
