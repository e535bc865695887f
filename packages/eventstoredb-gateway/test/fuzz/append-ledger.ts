import type { EventStore, Position } from '@lapse/store';

/** An event that somebody sent: where to, and by which id. */
export interface SentEvent {
  readonly stream: string;
  readonly id: string;
}

const PAGE_EVENTS = 1_000;
/** Appends whose answer nobody heard may still be written for a moment: as many of their events are remembered. */
const UNKNOWN_KEPT_MAX = 20_000;
const keyOf = ({ stream, id }: SentEvent): string => `${id} ${stream}`;

/** Holds the log against what was acknowledged: nothing missing, nothing that was refused, nothing by halves. */
export class AppendLedger {
  private at: Position | 'start' = 'start';
  private acknowledged: SentEvent[] = [];
  /** Event to the number of its append; those that were written are no longer here. */
  private unknown = new Map<string, number>();
  private appends = 0;
  private readonly allowed = new Set<string>();

  acknowledge(events: readonly SentEvent[]): void {
    this.acknowledged.push(...events);
    for (const event of events) this.allowed.add(keyOf(event));
  }

  /** All of them may be in the log, or none. */
  unheard(events: readonly SentEvent[]): void {
    this.appends += 1;
    for (const event of events) this.unknown.set(keyOf(event), this.appends);
  }

  async compare(store: EventStore): Promise<void> {
    const written = new Set<number>();
    for (;;) {
      const page = await store.readAll({ after: this.at, maxCount: PAGE_EVENTS });
      for (let i = 0; i < page.size; i++) {
        const { stream, id, type, revision } = page.event(i);
        const key = keyOf({ stream, id });
        const append = this.unknown.get(key);
        if (append !== undefined) written.add(append);
        // The gateway writes of its own what deletes and its first start leave behind.
        const isOwn = stream === '$gateway' || stream.startsWith('$$');
        if (append === undefined && !this.allowed.has(key) && !isOwn) {
          throw new Error(`nobody was told of ${type} at ${stream}@${revision}, or it was refused: ${id}`);
        }
        this.found.add(key);
      }
      this.at = page.scannedTo;
      if (page.atEnd) break;
    }
    for (const event of this.acknowledged) {
      if (!this.found.has(keyOf(event)) && !(await isIn(store, event))) {
        throw new Error(`acknowledged, but not in the log: ${event.id} in ${event.stream}`);
      }
    }
    // Not before: an append may hold an event twice.
    for (const key of this.found) this.unknown.delete(key);
    const half = [...this.unknown].find(([, append]) => written.has(append));
    if (half !== undefined) throw new Error(`an append was written by halves, without ${half[0]}`);
    this.acknowledged = [];
    this.allowed.clear();
    this.found.clear();
    this.unknown = new Map([...this.unknown].slice(-UNKNOWN_KEPT_MAX));
  }

  private readonly found = new Set<string>();
}

/** A repeat is acknowledged for what stands there already. */
const isIn = async (store: EventStore, { stream, id }: SentEvent): Promise<boolean> => {
  for (let from = 0; ;) {
    const page = await store.readStream(stream, { from, maxCount: PAGE_EVENTS });
    if (page.kind !== 'page') return false;
    if (page.events.some((event) => event.id === id)) return true;
    if (page.events.length === 0 || page.atEnd) return false;
    from = (page.events.at(-1)?.revision ?? 0) + 1;
  }
};
