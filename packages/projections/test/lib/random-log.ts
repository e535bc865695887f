import { readEvent, type LapseEvent, type ParkDecision } from '@lapse/domain';
import type { EventStore, EventToAppend } from '@lapse/store';
import * as w from './world.js';

/** A small generator whose numbers follow from its seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

type Writable = LapseEvent | ParkDecision | EventToAppend;

const bytes = (text: string): Uint8Array => Buffer.from(text);
const raw = (id: string, type: string, data: string): EventToAppend => ({
  id,
  type,
  contentType: 'application/json',
  data: bytes(data),
  metadata: bytes(''),
});

/**
 * Writes what writers of all kinds may write: sessions with and without pins, messages in and out of time, closes, queues,
 * unknown types, unreadable payloads, the same id twice, events behind the close, streams with odd names, config changes.
 */
export class RandomLog {
  private atMs = w.T0;
  private nextSession = 1;
  private nextId = 1;
  private readonly written = new Map<string, EventToAppend[]>();
  /** Revisions that may park their stream and that nobody has skipped yet. */
  private readonly suspects = new Map<string, number[]>();

  constructor(
    private readonly store: EventStore,
    private readonly random: () => number,
  ) {}

  get streams(): readonly string[] {
    return [...this.written.keys()];
  }

  /** Appends one random thing. */
  async step(): Promise<void> {
    this.atMs += Math.floor(this.random() * 200_000);
    const chance = this.random();
    if (chance < 0.15) await this.open();
    else if (chance < 0.2) await this.configure();
    else if (chance < 0.22) await this.oddStream();
    else if (chance < 0.26) await this.decide();
    else await this.inSession();
  }

  private async open(): Promise<void> {
    const number = this.nextSession++;
    const merchantId = `m${Math.floor(this.random() * 4)}`;
    const more = this.random() < 0.5 ? { buyerId: `b${number}`, externalId: `x${number % 7}` } : {};
    const first = w.opened(this.atMs, merchantId, more);
    const isPinned = this.random() < 0.8;
    const pin = w.pin(this.atMs, 5 + Math.floor(this.random() * 20), merchantId, 1 + Math.floor(this.random() * 3));
    await this.write(w.names.session(w.sessionId(number)), ...(isPinned ? [first, pin] : [first]));
  }

  private async configure(): Promise<void> {
    const merchantId = `m${Math.floor(this.random() * 4)}`;
    const stream = w.names.merchant(merchantId);
    const version = (this.written.get(stream)?.length ?? 0) + 1;
    if (this.random() < 0.05) await this.write(stream, raw(this.id(), 'config-version', '{"version":"x"}'));
    else await this.write(stream, w.pin(this.atMs, 5 + version, merchantId, version));
  }

  private async oddStream(): Promise<void> {
    const name = this.pick([
      'session-not-a-ulid',
      'merchant-m/1',
      'elsewhere-1',
      'ops-keys',
      w.names.session(w.sessionId(900)),
    ]);
    await this.write(name, this.random() < 0.5 ? w.buyer(this.atMs) : raw(this.id(), 'odd', 'x'));
  }

  /** Mostly what an operator would: skips the first event that parks a stream. Sometimes what nobody should. */
  private async decide(): Promise<void> {
    const parked = [...this.suspects].filter(([, revisions]) => revisions.length > 0);
    if (parked.length === 0) return;
    const [stream, revisions] = this.pick(parked);
    const chance = this.random();
    const by = { role: 'platform', id: 'operator' };
    const base = { occurredAtMs: this.atMs };
    if (chance < 0.2) {
      await this.write(w.names.operations(stream), { ...base, type: 'stream-retried', data: { stream, by } });
      return;
    }
    const first = chance < 0.8 ? (revisions.shift() as number) : this.pick(revisions);
    const revision = chance < 0.9 ? first : first + Math.floor(this.random() * 4);
    const data = { stream, revision, why: 'a test of the sender', by };
    await this.write(w.names.operations(stream), { ...base, type: 'stream-skipped', data });
  }

  private async inSession(): Promise<void> {
    if (this.nextSession === 1) return;
    const number = Math.max(1, this.nextSession - 1 - Math.floor(this.random() * 12));
    const stream = w.names.session(w.sessionId(number));
    const chance = this.random();
    if (chance < 0.03) {
      await this.write(stream, this.pick(this.written.get(stream) as EventToAppend[]));
    } else if (chance < 0.06) {
      await this.write(stream, raw(this.id(), this.pick(['typing', 'rated']), '{}'));
    } else if (chance < 0.075) {
      await this.write(
        stream,
        raw(this.id(), this.pick(['closed', 'queued', 'message-from-buyer']), '{"occurredAt":1}'),
      );
    } else {
      await this.write(stream, this.event());
    }
  }

  private event(): LapseEvent {
    const atMs = this.atMs + Math.floor((this.random() - 0.7) * 400_000);
    const chance = this.random();
    if (chance < 0.4) return w.buyer(atMs);
    if (chance < 0.65) return w.agent(atMs);
    if (chance < 0.75) return w.agent(atMs, true);
    if (chance < 0.85) return w.queued(atMs, this.pick(['q1', 'q2']));
    if (chance < 0.9) return w.pin(atMs);
    return w.closedBy(atMs);
  }

  private async write(stream: string, ...events: readonly Writable[]): Promise<void> {
    const encoded = events.map((event) => ('contentType' in event ? event : w.encoded(event, this.id())));
    await w.append(this.store, stream, ...encoded);
    const before = this.written.get(stream) ?? [];
    this.written.set(stream, [...before, ...encoded]);
    const suspects = this.suspects.get(stream) ?? [];
    encoded.forEach((event, i) => {
      const mayPark = readEvent(event).kind === 'unreadable' || before.length + i === 0;
      if (mayPark && !(before.length + i === 0 && event.type === 'opened')) suspects.push(before.length + i);
    });
    if (w.names.read(stream).kind !== 'operations') this.suspects.set(stream, suspects);
  }

  private id(): string {
    return w.eventId(this.nextId++);
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }
}
