import { extractFacts, type EventFacts } from '@lapse/domain';
import type { AllPage, Position, RecordedEvent } from '@lapse/store';

/** An event read from its stream, in the form in which the log hands it out. */
export class OneEventPage implements AllPage {
  readonly size = 1;
  readonly atEnd = false;
  private readonly facts: EventFacts;

  constructor(private readonly recorded: RecordedEvent) {
    this.facts = extractFacts(recorded);
  }

  get scannedTo(): Position {
    return this.recorded.position;
  }
  position(): Position {
    return this.recorded.position;
  }
  stream(): string {
    return this.recorded.stream;
  }
  streamKey(): undefined {
    return undefined;
  }
  revision(): number {
    return this.recorded.revision;
  }
  kind(): number {
    return this.facts.kind;
  }
  atMs(): number {
    return this.facts.atMs;
  }
  flags(): number {
    return this.facts.flags;
  }
  idLow32(): number {
    return Number.parseInt(this.recorded.id.slice(-8), 16);
  }
  storedAtMs(): number {
    return this.recorded.storedAtMs;
  }
  text(): undefined {
    return undefined;
  }
  event(): RecordedEvent {
    return this.recorded;
  }
}
