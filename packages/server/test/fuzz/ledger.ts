import type { EventStore, Position, RecordedEvent } from '@lapse/store';

/** One event that a good answer has promised to be in the log. */
interface Promised {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly id: string;
}

/**
 * What a request may have left in the log: `kept`: exactly what its answer says; `nothing`: it was refused, or never came
 * whole; `unknown`: nobody was there to hear the answer, so all of it or nothing.
 */
type Fate = { readonly kind: 'kept'; readonly events: number } | { readonly kind: 'nothing' | 'unknown' };

const PAGE_EVENTS = 1_000;
/** Requests whose answer nobody heard may still write for a moment: as many of them are remembered. */
const UNKNOWN_KEPT_MAX = 5_000;
/** Types that only a sender's request brings into a log. */
const sent = new Set(['message-from-buyer', 'message-from-agent', 'queued']);

const utf8 = new TextDecoder('utf-8', { fatal: true });
const jsonOf = (bytes: Uint8Array): Record<string, unknown> =>
  JSON.parse(utf8.decode(bytes)) as Record<string, unknown>;

/** Compares the log with what was acknowledged: nothing missing, nothing more, nothing half written. */
export class Ledger {
  private at: Position | 'start' = 'start';
  private promised: Promised[] = [];
  private unnamedLeft = 0;
  private fates = new Map<string, Fate>();
  /** Streams of sessions that were written to since the last comparison. */
  readonly touched = new Set<string>();

  /** What one answer said. `body` is that of a good one. */
  answered(correlationId: string, status: number, body: unknown): void {
    if (status >= 400) {
      this.note(correlationId, { kind: 'nothing' });
      return;
    }
    const answer = body as {
      outcome?: string;
      sessionId: string;
      eventId?: string;
      revision: number;
      events?: readonly { id: string; type: string; revision: number }[];
    };
    const stream = `session-${answer.sessionId}`;
    if (answer.outcome === 'written') {
      for (const { id, type, revision } of answer.events ?? []) this.promised.push({ stream, revision, type, id });
      this.note(correlationId, { kind: 'kept', events: answer.events?.length ?? 0 });
    } else if (answer.outcome === 'opened') {
      this.promised.push({ stream, revision: 0, type: 'opened', id: answer.eventId ?? '' });
      this.note(correlationId, { kind: 'kept', events: 0 });
    } else this.note(correlationId, { kind: 'kept', events: 0 });
  }

  unheard(correlationId: string): void {
    this.note(correlationId, { kind: 'unknown' });
  }

  /** A request that may have come whole, its correlation id damaged, and whose answer nobody heard. */
  unnamed(): void {
    this.unnamedLeft += 1;
  }

  neverWhole(correlationId: string): void {
    this.note(correlationId, { kind: 'nothing' });
  }

  private note(correlationId: string, fate: Fate): void {
    // Two requests that say the same id: either may be the one that wrote.
    this.fates.set(correlationId, this.fates.has(correlationId) ? { kind: 'unknown' } : fate);
  }

  /** Reads what has come into the log since the last time. Throws for the first thing that should not be so. */
  async compare(store: EventStore): Promise<void> {
    const found = new Map<string, string>();
    const counts = new Map<string, number>();
    for (;;) {
      const page = await store.readAll({ after: this.at, maxCount: PAGE_EVENTS });
      for (let i = 0; i < page.size; i++) this.take(page.event(i), found, counts);
      this.at = page.scannedTo;
      if (page.atEnd) break;
    }
    for (const { stream, revision, type, id } of this.promised) {
      const there = found.get(`${stream}@${revision}`);
      if (there !== `${type} ${id}`) {
        throw new Error(`acknowledged, but not so in the log: ${type} ${id} at ${stream}@${revision}: ${there}`);
      }
    }
    for (const [correlationId, events] of counts) this.judge(correlationId, events);
    this.promised = [];
    this.fates = new Map([...this.fates].filter(([, { kind }]) => kind === 'unknown').slice(-UNKNOWN_KEPT_MAX));
  }

  private take(event: RecordedEvent, found: Map<string, string>, counts: Map<string, number>): void {
    const { stream, revision, type, id } = event;
    found.set(`${stream}@${revision}`, `${type} ${id}`);
    if (stream.startsWith('session-')) this.touched.add(stream.slice('session-'.length));
    const correlationId = jsonOf(event.metadata)['$correlationId'];
    const isTimeout = type === 'closed' && jsonOf(event.data)['proof'] !== undefined;
    if (typeof correlationId === 'string' && !isTimeout) {
      const count = sent.has(type) || type === 'closed' ? 1 : 0;
      counts.set(correlationId, (counts.get(correlationId) ?? 0) + count);
    } else if (!isTimeout && type !== 'config-version') {
      throw new Error(`nobody sent ${type} at ${stream}@${revision}`);
    }
  }

  private judge(correlationId: string, events: number): void {
    const fate = this.fates.get(correlationId);
    if (fate === undefined && this.unnamedLeft > 0) {
      this.unnamedLeft -= 1;
      return;
    }
    if (fate === undefined) throw new Error(`the log names a request that was never sent: ${correlationId}`);
    if (fate.kind === 'nothing' && events > 0)
      throw new Error(`refused, but ${events} events written: ${correlationId}`);
    if (fate.kind === 'kept' && events !== fate.events) {
      throw new Error(`${fate.events} events acknowledged, ${events} written: ${correlationId}`);
    }
  }
}
