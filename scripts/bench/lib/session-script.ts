import { derivedUlid, type LapseEvent, type Proof, type TimeoutRule } from '@lapse/domain';

/** What happens next in a session, and when the store records it. */
export interface Happening {
  readonly storedAtMs: number;
  readonly event: LapseEvent;
  readonly noticedAtMs?: number;
}

const MINUTE_MS = 60_000;
const GRACE_MS = 5_000;
const BUYER_MINUTES = 20;
const limitMinutes: Readonly<Record<TimeoutRule, number>> = {
  'agent-silent': 360,
  'buyer-silent': BUYER_MINUTES,
  'queue-expired': 1_440,
};

const MESSAGES_MEAN = 10.6;
const QUEUED_SHARE = 0.3;
const AUTOMATED_SHARE = 0.08;
const CLOSED_BY_PEOPLE_SHARE = 0.6;
/** The median pause between two messages; as pauses of people are, it is spread over orders of magnitude. */
const PAUSE_MEDIAN_MS = 45_000;
const PAUSE_SPREAD = 1.3;

/**
 * A session as people make them, by the rules, so that its log could have been written by Lapse: opened under a config, maybe
 * queued, some ten messages of both sides and a few automatic ones, then closed by somebody or by a clock that ran out.
 */
export class SessionScript {
  readonly sessionId: string;
  readonly merchantId: string;
  private revision = 1;
  private rule: TimeoutRule = 'agent-silent';
  private anchor: Proof['anchor'];
  private anchorAtMs: number;
  private messagesLeft: number;
  private isQueued = false;
  private buyerSpeaks = true;

  constructor(
    readonly number: number,
    merchants: number,
    readonly openedAtMs: number,
    private readonly random: () => number,
  ) {
    this.sessionId = derivedUlid(openedAtMs, 'bench', String(number));
    // A few merchants have most of the sessions.
    this.merchantId = `m${Math.floor(merchants * random() ** 2)}`;
    this.messagesLeft = 1 + Math.floor(-Math.log(1 - random()) * MESSAGES_MEAN);
    this.anchorAtMs = openedAtMs;
    this.anchor = { revision: 0, type: 'opened', occurredAt: new Date(openedAtMs).toISOString() };
  }

  /** The two events that every session begins with carry its opening's time. Undefined behind the close. */
  next(afterMs: number): Happening | undefined {
    if (this.messagesLeft < 0) return undefined;
    this.revision++;
    if (this.revision === 2 && this.random() < QUEUED_SHARE) return this.queue(afterMs + 2_000);
    const atMs = afterMs + this.pauseMs();
    const deadlineAtMs = this.anchorAtMs + limitMinutes[this.rule] * MINUTE_MS;
    if (atMs > deadlineAtMs) return this.lapse(deadlineAtMs);
    if (this.messagesLeft > 0) return this.message(atMs);
    return this.random() < CLOSED_BY_PEOPLE_SHARE ? this.close(atMs) : this.lapse(deadlineAtMs);
  }

  private pauseMs(): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return Math.round(PAUSE_MEDIAN_MS * Math.exp(PAUSE_SPREAD * normal));
  }

  private queue(atMs: number): Happening {
    this.isQueued = true;
    this.restart('queue-expired', 'queued', atMs);
    return { storedAtMs: atMs, event: { type: 'queued', occurredAtMs: atMs, data: { queueId: 'q1' } } };
  }

  private message(atMs: number): Happening {
    this.messagesLeft--;
    const { number } = this;
    const messageId = `msg-${number}-${this.revision}`;
    const length = 1 + Math.floor(this.random() * 200);
    const isBuyers = this.buyerSpeaks;
    this.buyerSpeaks = this.random() < 0.45;
    if (isBuyers) {
      if (!this.isQueued) this.restart('agent-silent', 'message-from-buyer', atMs);
      const data = { senderId: `b${number}`, messageId, length };
      return { storedAtMs: atMs + 30, event: { type: 'message-from-buyer', occurredAtMs: atMs, data } };
    }
    const automated = this.random() < AUTOMATED_SHARE;
    if (!automated) {
      this.isQueued = false;
      this.restart('buyer-silent', 'message-from-agent', atMs);
    }
    const data = { senderId: `a${number % 40}`, messageId, length, automated };
    return { storedAtMs: atMs + 30, event: { type: 'message-from-agent', occurredAtMs: atMs, data } };
  }

  private close(atMs: number): Happening {
    this.messagesLeft = -1;
    const isByBuyer = this.random() < 0.2;
    const closedBy = isByBuyer
      ? ({ role: 'buyer', id: `b${this.number}` } as const)
      : ({ role: 'merchant-agent', id: `a${this.number % 40}` } as const);
    const data = { reason: isByBuyer ? 'by-buyer' : 'by-agent', closedBy } as const;
    return { storedAtMs: atMs + 30, event: { type: 'closed', occurredAtMs: atMs, data } };
  }

  private lapse(deadlineAtMs: number): Happening {
    this.messagesLeft = -1;
    const noticedAtMs = deadlineAtMs + GRACE_MS + Math.floor(this.random() * 50);
    const { rule, anchor } = this;
    const deadline = new Date(deadlineAtMs).toISOString();
    const proof = { rule, limitMinutes: limitMinutes[rule], configVersion: 1, anchor, deadline };
    const event: LapseEvent = { type: 'closed', occurredAtMs: deadlineAtMs, data: { reason: rule, proof } };
    return { storedAtMs: noticedAtMs + 2, noticedAtMs, event };
  }

  private restart(rule: TimeoutRule, type: Proof['anchor']['type'], atMs: number): void {
    this.rule = rule;
    this.anchorAtMs = atMs;
    this.anchor = { revision: this.revision, type, occurredAt: new Date(atMs).toISOString() };
  }
}
