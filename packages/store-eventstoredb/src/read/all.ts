import type { AllPage, FactsExtractor, Position } from '@lapse/store';
import type { Lane } from '../connection/lane.js';
import type { Names } from '../names.js';
import type { WireEvent } from '../wire/read-messages.js';
import { findHead, type Head } from './head.js';
import { EventPage } from './page.js';
import { matches } from './pager.js';
import type { Reader } from './reader.js';
import { allRequest, type AllRequest } from './requests.js';

/** So many events of a shared log are looked at here for one page, where the server found none of ours in its time. */
const FOREIGN_LOOKED_MAX = 20_000;

export interface AllRead {
  readonly after: Position | 'start';
  readonly maxCount: number;
  readonly streamPrefixes: readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads the order of all events, without those that are nobody's business. */
export class AllReader {
  /** Behind this place come events of others only, as far as the last page looked. */
  private foreignBehind: Position | undefined;

  constructor(
    private readonly reader: Reader,
    /** Where pages may come from a follower. */
    private readonly lane: Lane,
    private readonly leaderLane: Lane,
    private readonly names: Names,
    private readonly extractFacts: FactsExtractor,
    /** How long a server may look for an event of ours before it is let be. */
    private readonly quietMs: number,
  ) {}

  async page(read: AllRead): Promise<AllPage> {
    if (this.foreignBehind !== undefined && this.foreignBehind === read.after) return this.pageAmongForeign(read);
    return (await this.pageOfOurs(read)) ?? this.pageAmongForeign(read);
  }

  /** The newest event that a reader is shown, as the leader has it. */
  head(totalMs?: number): Promise<Head> {
    return findHead((request, mayGiveUp) => this.atLeader(request, mayGiveUp, totalMs), this.names);
  }

  /** The newest record of the whole log, whoever it belongs to. */
  async end(): Promise<Position | 'start'> {
    const [last] = await this.atLeader({ from: 'end', direction: 'backwards', count: 1 }, false);
    return typeof last === 'object' ? last.position : 'start';
  }

  /** The server leaves out what is not ours; undefined where it found nothing in its time. */
  private async pageOfOurs({ after, maxCount, streamPrefixes, signal }: AllRead): Promise<AllPage | undefined> {
    const looked: WireEvent[] = [];
    let seenTo: Position | 'start' = after;
    let sent = 0;
    let asked = 0;
    // Counting what the server sends, hidden events too, tells where its log ended.
    do {
      const end = await this.reader.run({
        what: 'read of the log',
        lane: this.lane,
        requiresLeader: false,
        fromPosition: seenTo !== 'start',
        quietMs: this.quietMs,
        signal,
        request: () => {
          sent = 0;
          // The event at the position itself comes first, if it is still there; one more than asked for tells the end.
          asked = maxCount + 1 - looked.length + (seenTo === 'start' ? 0 : 1);
          return allRequest({ from: seenTo, direction: 'forwards', streamPrefix: this.names.prefix, count: asked });
        },
        onEvent: (event) => {
          sent += 1;
          if (event.position === seenTo) return;
          seenTo = event.position;
          if (this.names.isVisible(event)) looked.push(event);
        },
      });
      if (end === 'gave-up') {
        if (looked.length === 0) return undefined;
        return this.pageWith(looked.slice(0, maxCount), after, false, streamPrefixes);
      }
    } while (looked.length <= maxCount && sent >= asked);
    return this.pageWith(looked.slice(0, maxCount), after, looked.length <= maxCount, streamPrefixes);
  }

  /** Everything is sent and looked at here: slower, but the place moves with every page. */
  private async pageAmongForeign({ after, maxCount, streamPrefixes, signal }: AllRead): Promise<AllPage> {
    const ours: WireEvent[] = [];
    let seenTo: Position | 'start' = after;
    let looked = 0;
    await this.reader.run({
      what: 'read of the log',
      lane: this.lane,
      requiresLeader: false,
      fromPosition: after !== 'start',
      signal,
      request: () => allRequest({ from: seenTo, direction: 'forwards', count: FOREIGN_LOOKED_MAX - looked + 1 }),
      onEvent: (event) => {
        looked += 1;
        if (event.position === seenTo || ours.length >= maxCount) return;
        seenTo = event.position;
        if (this.names.isVisible(event)) ours.push(event);
      },
      isComplete: () => looked > FOREIGN_LOOKED_MAX,
    });
    const atEnd = looked <= FOREIGN_LOOKED_MAX && ours.length < maxCount;
    this.foreignBehind = ours.length === 0 && seenTo !== 'start' ? seenTo : undefined;
    const wanted = ours.filter(({ stream }) => matches(this.names.ofCaller(stream), streamPrefixes));
    return new EventPage(wanted, seenTo, atEnd, this.names, this.extractFacts);
  }

  private pageWith(
    looked: readonly WireEvent[],
    after: Position | 'start',
    atEnd: boolean,
    streamPrefixes: readonly string[] | undefined,
  ): AllPage {
    const wanted = looked.filter(({ stream }) => matches(this.names.ofCaller(stream), streamPrefixes));
    return new EventPage(wanted, looked.at(-1)?.position ?? after, atEnd, this.names, this.extractFacts);
  }

  private async atLeader(
    request: AllRequest,
    mayGiveUp: boolean,
    totalMs?: number,
  ): Promise<readonly WireEvent[] | 'gave-up'> {
    const events: WireEvent[] = [];
    const end = await this.reader.run({
      what: 'read of the head',
      lane: this.leaderLane,
      requiresLeader: true,
      request: () => {
        events.length = 0;
        return allRequest(request);
      },
      onEvent: (event) => events.push(event),
      ...(mayGiveUp ? { quietMs: this.quietMs } : {}),
      ...(totalMs === undefined ? {} : { totalMs }),
    });
    return end === 'gave-up' ? 'gave-up' : events;
  }
}
