import { between, chance, oneOf, randomUuid, weighted, type Random } from '../oracle/random.js';
import type { Settings } from '../oracle/world.js';
import type { PlannedEvent, Step, StrangersEvent } from '../world/plan.js';
import { gapMs, type GapKind } from './gaps.js';

interface LifePlan {
  readonly settings: Settings;
  readonly sessionId: string;
  readonly merchantId: string;
  /** What the merchant's buyers are given at the opening, as far as a sender can guess. */
  readonly buyerMinutes: number;
  readonly opensAtMs: number;
  readonly endsAtMs: number;
  readonly engines: number;
}

type Said = 'buyer' | 'agent' | 'automated' | 'queued' | 'closed';
type Running = 'agent' | 'buyer' | 'queue';

const MINUTE_MS = 60_000;
const EVENTS_MAX = 24;

/** What is said next, as often as it is, by who spoke last. */
const NEXT: Readonly<Record<Running, Readonly<Record<Said, number>>>> = {
  agent: { agent: 55, buyer: 18, automated: 8, queued: 14, closed: 5 },
  buyer: { buyer: 52, agent: 22, automated: 5, queued: 11, closed: 10 },
  queue: { agent: 50, buyer: 22, automated: 8, queued: 12, closed: 8 },
};

const gapKind = (random: Random, running: Running, said: Said): GapKind => {
  if (chance(random, 0.25)) return 'chat in full flow';
  if (said === 'closed') return 'until closed';
  if (said === 'queued') return 'into the queue';
  if (running === 'queue') return chance(random, 0.7) ? 'out of the queue' : 'out of the long queue';
  if (said === 'buyer') return running === 'buyer' ? 'buyer answers' : 'same side again';
  return running === 'agent' ? 'agent answers' : 'same side again';
};

const typeOf: Readonly<Record<Said, string>> = {
  buyer: 'message-from-buyer',
  agent: 'message-from-agent',
  automated: 'message-from-agent',
  queued: 'queued',
  closed: 'closed',
};

const dataOf = (random: Random, said: Said): PlannedEvent['data'] => {
  switch (said) {
    case 'buyer':
      return { senderId: 'buyer-1', length: between(random, 1, 400) };
    case 'agent':
    case 'automated':
      return { senderId: 'agent-1', automated: said === 'automated' };
    case 'queued':
      return { queueId: oneOf(random, ['queue-1', 'queue-2']) };
    case 'closed':
      return { reason: oneOf(random, ['by-agent', 'by-buyer', 'by-system']) };
  }
};

/** One session as its people live it and as their chat service tells it: late, twice, in another order, from a clock of its own. */
export class SessionLife {
  readonly steps: Step[] = [];
  private running: Running = 'agent';
  private anchorMs: number;
  private saidAtMs: number;
  private readonly stream: string;

  constructor(
    private readonly random: Random,
    private readonly plan: LifePlan,
  ) {
    this.anchorMs = this.saidAtMs = plan.opensAtMs;
    this.stream = `session-${plan.sessionId}`;
  }

  /** Every step that this session makes of somebody. */
  live(): readonly Step[] {
    const { random } = this;
    this.open();
    const count = Math.min(EVENTS_MAX, Math.floor(-Math.log(1 - random()) * 7));
    for (let i = 0; i < count && this.saidAtMs < this.plan.endsAtMs; i++) this.next();
    return this.steps.filter(({ atMs }) => atMs < this.plan.endsAtMs);
  }

  private open(): void {
    const { random } = this;
    const { merchantId, opensAtMs } = this.plan;
    const openedBy = weighted(random, { buyer: 8, agent: 1, system: 1 });
    const data = { merchantId, openedBy, ...(openedBy === 'buyer' ? { buyerId: 'buyer-1' } : {}) };
    const event = { id: randomUuid(random), type: 'opened', data };
    if (chance(random, 0.2)) {
      this.stranger([{ ...event, occurredAtMs: opensAtMs }], opensAtMs);
      if (chance(random, 0.3)) this.change(opensAtMs + oneOf(random, [0, 0, 1, 500]));
      return;
    }
    this.steps.push({
      do: 'open',
      atMs: opensAtMs,
      sessionId: this.plan.sessionId,
      event,
      engine: this.anyEngine(),
      copies: chance(random, 0.15) ? 2 : 1,
    });
  }

  private next(): void {
    const { random } = this;
    const said = weighted(random, NEXT[this.running]);
    const happenedAtMs = this.saidAtMs + this.gapMs(said);
    this.saidAtMs = happenedAtMs;
    const event = { id: randomUuid(random), type: typeOf[said], data: dataOf(random, said) };
    if (chance(random, 0.05)) this.strange(event, happenedAtMs);
    else this.send(event, happenedAtMs);
    if (said === 'automated' || said === 'closed' || (this.running === 'queue' && said !== 'agent')) return;
    this.running = said === 'agent' ? 'buyer' : said === 'queued' ? 'queue' : 'agent';
    this.anchorMs = happenedAtMs;
  }

  /** Mostly as people are, often enough right about the deadline. */
  private gapMs(said: Said): number {
    const { random } = this;
    if (chance(random, 0.3)) {
      const aboutMs = oneOf(random, [-30_000, -1_000, -1, 0, 0, 1, 1_000, 60_000]);
      return Math.max(0, this.deadlineMs() + aboutMs - this.saidAtMs);
    }
    return gapMs(random, gapKind(random, this.running, said));
  }

  private deadlineMs(): number {
    const minutes = { agent: 360, buyer: this.plan.buyerMinutes, queue: 1_440 }[this.running];
    return this.anchorMs + minutes * MINUTE_MS;
  }

  private send(event: PlannedEvent, happenedAtMs: number): void {
    const { random } = this;
    const claim = weighted(random, { none: 35, right: 50, ahead: 8, behind: 7 });
    const claimedMs = {
      none: {},
      right: { occurredAtMs: happenedAtMs },
      ahead: { occurredAtMs: happenedAtMs + between(random, 1, 9_000) },
      behind: { occurredAtMs: happenedAtMs - between(random, 1, 240_000) },
    }[claim];
    const said = { ...event, ...claimedMs };
    const events = chance(random, 0.12) ? [said, this.another(happenedAtMs)] : [said];
    const step: Step = {
      do: 'send',
      atMs: this.arrivesAtMs(happenedAtMs),
      sessionId: this.plan.sessionId,
      events,
      onClosed: chance(random, 0.5) ? 'open-new' : 'refuse',
      engine: this.anyEngine(),
      copies: chance(random, 0.15) ? between(random, 2, 3) : 1,
      ...(chance(random, 0.06) ? { expectedRevision: between(random, 1, 8) } : {}),
    };
    this.steps.push(step);
    if (chance(random, 0.1)) this.steps.push({ ...step, atMs: step.atMs + this.againAfterMs(), copies: 1 });
    if (chance(random, 0.1)) this.read(step.atMs);
  }

  private another(happenedAtMs: number): PlannedEvent {
    const said = weighted(this.random, { buyer: 5, agent: 3, automated: 1, queued: 1, closed: 1 });
    return {
      id: randomUuid(this.random),
      type: typeOf[said],
      data: dataOf(this.random, said),
      occurredAtMs: happenedAtMs,
    };
  }

  /** At once, a little later, right about the end of the grace, or long after. */
  private arrivesAtMs(happenedAtMs: number): number {
    const { random } = this;
    const { closeGraceMs } = this.plan.settings;
    switch (weighted(random, { soon: 70, edge: 15, late: 10, long: 5 })) {
      case 'soon':
        return happenedAtMs + between(random, 0, 2_000);
      case 'edge':
        return Math.max(
          happenedAtMs,
          this.deadlineMs() + closeGraceMs + oneOf(random, [-1_000, -1, 0, 1, 2, 3, 1_000]),
        );
      case 'late':
        return happenedAtMs + between(random, 2_000, 30 * MINUTE_MS);
      case 'long':
        return happenedAtMs + between(random, 1, 20) * 30 * MINUTE_MS;
    }
  }

  private againAfterMs(): number {
    return chance(this.random, 0.5) ? between(this.random, 0, 5_000) : between(this.random, 1, 600) * MINUTE_MS;
  }

  private read(atMs: number): void {
    const { sessionId, merchantId } = this.plan;
    this.steps.push({ do: 'read', atMs, sessionId, merchantId, engine: this.anyEngine() });
  }

  /** An upstream service writes past every check: what was said, or what nobody understands. */
  private strange(event: PlannedEvent, happenedAtMs: number): void {
    const { random } = this;
    const aboutMs = oneOf(random, [0, 0, 0, -600_000, 10_000, 3_600_000, 25 * 3_600_000]);
    const occurredAtMs = happenedAtMs + aboutMs;
    const what = weighted(random, { said: 60, unknown: 25, copyOfPin: 5, broken: 5, newer: 5 });
    switch (what) {
      case 'said': {
        // One that latches the lapse, and a close behind it that must not count.
        const closed = { id: randomUuid(random), type: 'closed', data: dataOf(random, 'closed'), occurredAtMs };
        const said = { ...event, occurredAtMs };
        return this.stranger(chance(random, 0.4) ? [said, closed] : [said], happenedAtMs);
      }
      case 'unknown':
        return this.stranger([{ ...event, type: 'note-added', data: { note: 1 }, occurredAtMs }], happenedAtMs);
      case 'copyOfPin':
        return this.stranger(
          [{ ...event, type: 'opened', data: { merchantId: 'm-9', openedBy: 'system' }, occurredAtMs }],
          happenedAtMs,
        );
      case 'broken':
        return this.stranger([{ ...event, occurredAtMs, broken: true }], happenedAtMs);
      case 'newer':
        return this.stranger([{ ...event, occurredAtMs, newer: true }], happenedAtMs);
    }
  }

  private stranger(events: readonly StrangersEvent[], atMs: number): void {
    this.steps.push({ do: 'stranger', atMs, stream: this.stream, events });
  }

  /** The merchant changes its limit at the very moment. */
  private change(atMs: number): void {
    const { merchantId } = this.plan;
    const value = between(this.random, 5, 360);
    this.steps.push({ do: 'configure', atMs, merchantId, action: 'change', value, engine: this.anyEngine() });
  }

  private anyEngine(): number {
    return between(this.random, 0, this.plan.engines - 1);
  }
}
