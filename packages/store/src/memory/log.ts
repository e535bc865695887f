import type { EventToAppend, Facts, FactsExtractor, Position, RecordedEvent } from '../port.js';
import { KIND_UNCERTAIN } from '../port.js';

export interface MemoryRecord {
  /** 1, 2, 3 … over the whole log; its decimal text is the position. */
  readonly number: number;
  readonly stream: string;
  readonly revision: number;
  readonly event: EventToAppend;
  readonly storedAtMs: number;
  readonly facts: Facts;
}

export const positionOf = (number: number): Position => String(number) as Position;

/** Readers get their own bytes: whoever writes into them must not change the log. */
export const recordedEvent = (record: MemoryRecord): RecordedEvent => ({
  ...copyOfEvent(record.event),
  stream: record.stream,
  revision: record.revision,
  position: positionOf(record.number),
  storedAtMs: record.storedAtMs,
});

export const copyOfEvent = (event: EventToAppend): EventToAppend => ({
  id: event.id,
  type: event.type,
  contentType: event.contentType,
  data: new Uint8Array(event.data),
  metadata: new Uint8Array(event.metadata),
});

/** The events themselves. Every method is synchronous, so each is one step that nothing can come between. */
export class MemoryLog {
  private readonly records: MemoryRecord[] = [];
  private readonly streams = new Map<string, MemoryRecord[]>();
  private readonly waiting = new Set<() => void>();

  constructor(private readonly extractFacts: FactsExtractor) {}

  get headNumber(): number {
    return this.records.length;
  }

  stream(name: string): readonly MemoryRecord[] {
    return this.streams.get(name) ?? [];
  }

  write(stream: string, events: readonly EventToAppend[], storedAtMs: number): void {
    const own = this.streams.get(stream) ?? [];
    this.streams.set(stream, own);
    for (const event of events) {
      const facts = this.extractFacts(event);
      const record = { number: this.records.length + 1, stream, revision: own.length, event, storedAtMs, facts };
      this.records.push(record);
      own.push(record);
    }
    this.wakeAll();
  }

  /** At most `maxCount` records behind the one numbered `after`. */
  slice(after: number, maxCount: number): readonly MemoryRecord[] {
    return this.records.slice(after, after + maxCount);
  }

  factsOf(record: MemoryRecord): Facts {
    return record.facts.kind === KIND_UNCERTAIN ? this.extractFacts(record.event) : record.facts;
  }

  /** Resolves at the next write, at {@link wakeAll} or when the signal aborts, whichever comes first. */
  nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
