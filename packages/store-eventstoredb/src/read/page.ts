import type { AllPage, Facts, FactsExtractor, Position, RecordedEvent } from '@lapse/store';
import type { Names } from '../names.js';
import type { WireEvent } from '../wire/read-messages.js';

const ID_LOW_DIGITS = 8;

export const recordedEvent = (event: WireEvent, names: Names): RecordedEvent => ({
  id: event.id,
  type: event.type,
  contentType: event.contentType,
  data: event.data,
  metadata: event.metadata,
  stream: names.ofCaller(event.stream),
  revision: event.revision,
  position: event.position,
  storedAtMs: event.storedAtMs,
});

/** A page over the events as they came; facts are told by the extractor, each event's once. */
export class EventPage implements AllPage {
  private readonly facts: (Facts | undefined)[];

  constructor(
    private readonly events: readonly WireEvent[],
    readonly scannedTo: Position | 'start',
    readonly atEnd: boolean,
    private readonly names: Names,
    private readonly extractFacts: FactsExtractor,
  ) {
    this.facts = new Array<Facts | undefined>(events.length);
  }

  get size(): number {
    return this.events.length;
  }
  position(i: number): Position {
    return this.at(i).position;
  }
  stream(i: number): string {
    return this.names.ofCaller(this.at(i).stream);
  }
  streamKey(): undefined {
    return undefined;
  }
  revision(i: number): number {
    return this.at(i).revision;
  }
  kind(i: number): number {
    return this.factsAt(i).kind;
  }
  atMs(i: number): number {
    return this.factsAt(i).atMs;
  }
  flags(i: number): number {
    return this.factsAt(i).flags;
  }
  idLow32(i: number): number {
    return Number.parseInt(this.at(i).id.slice(-ID_LOW_DIGITS), 16);
  }
  storedAtMs(i: number): number {
    return this.at(i).storedAtMs;
  }
  text(): undefined {
    return undefined;
  }
  event(i: number): RecordedEvent {
    return recordedEvent(this.at(i), this.names);
  }

  private factsAt(i: number): Facts {
    const event = this.at(i);
    return (this.facts[i] ??= this.extractFacts(event));
  }

  private at(i: number): WireEvent {
    const event = this.events[i];
    if (event === undefined) throw new RangeError(`index ${i} of a page of ${this.size} events`);
    return event;
  }
}
