/** One request of a chat service or a merchant. Sent again it is the same to the letter. */
export interface Request {
  readonly kind: 'open' | 'append' | 'close' | 'configure' | 'read';
  readonly method: 'POST' | 'PUT' | 'GET';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Of the events that it brings. */
  readonly ids: readonly string[];
  /** Addressed by it, or opened. */
  readonly sessionId?: string;
  readonly merchantId?: string;
}

interface Known {
  readonly sessionId: string;
  readonly buyerReplyMinutes: number;
}

/** How the traffic is made up; shares are of 1. */
export interface Mix {
  /** How soon after it was written a session comes due. */
  readonly dueWithinMs: number;
  readonly openShare: number;
  readonly openNewShare: number;
  readonly configureShare: number;
  readonly readShare: number;
  /** How many of the newest sessions are talked in. */
  readonly recentMax: number;
  /** An agent closes a session before it is forgotten: so the number of open sessions stays bounded. */
  readonly closesForgotten: boolean;
}

/** For short runs: everything happens, and closes are due all the while. */
export const DENSE_MIX: Mix = {
  dueWithinMs: 400,
  openShare: 0.3,
  openNewShare: 0.5,
  configureShare: 0.01,
  readShare: 0.02,
  recentMax: 150,
  closesForgotten: false,
};

const MINUTE_MS = 60_000;
const AGENT_LIMIT_MS = 360 * MINUTE_MS;
const MERCHANTS = 5;
const BATCH_MAX = 4;
const FORGOTTEN_MAX = 1_000;

/**
 * Sessions that open and are talked in, with times just before a deadline, so that closes are due all the while although the
 * shortest limit is five minutes. Every event bears an id and a time of its own.
 */
export class Requests {
  private readonly recent: Known[] = [];
  private readonly forgotten: Known[] = [];
  private sessions = 0;
  private events = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly random: () => number,
    private readonly mix: Mix = DENSE_MIX,
  ) {}

  next(): Request {
    const { mix } = this;
    const last = this.forgotten.pop();
    if (last !== undefined) return this.close(last);
    const drawn = this.random();
    if (drawn < mix.configureShare) return this.configure();
    if (this.recent.length === 0 || drawn < mix.configureShare + mix.openShare) {
      return this.open(this.justBefore(AGENT_LIMIT_MS));
    }
    const known = this.recent[Math.floor(this.random() * this.recent.length)] as Known;
    return this.random() < mix.readShare ? read(known) : this.talk(known);
  }

  /** An opening whose first deadline, if nobody writes, is that instant. */
  openDueAt(deadlineMs: number): Request {
    return this.open(new Date(deadlineMs - AGENT_LIMIT_MS).toISOString());
  }

  /** Of this session may be said that it exists: talk goes on there. */
  learn(sessionId: string, buyerReplyMinutes: number): void {
    this.recent.push({ sessionId, buyerReplyMinutes });
    if (this.recent.length <= this.mix.recentMax) return;
    const old = this.recent.shift() as Known;
    if (this.mix.closesForgotten && this.forgotten.length < FORGOTTEN_MAX) this.forgotten.push(old);
  }

  /** What is still to be closed, when everything is to come to an end. */
  rest(): readonly Request[] {
    return [...this.forgotten.splice(0), ...this.recent.splice(0)].map((known) => this.close(known));
  }

  private open(occurredAt: string): Request {
    const sessionId = `01HQ${String(++this.sessions).padStart(22, '0')}`;
    const merchantId = `m${Math.floor(this.random() * MERCHANTS)}`;
    const eventId = this.newId();
    const body = { sessionId, eventId, merchantId, openedBy: 'buyer', buyerId: `b${this.sessions}`, occurredAt };
    return { kind: 'open', method: 'POST', path: '/v1/sessions', body, ids: [eventId], sessionId, merchantId };
  }

  private configure(): Request {
    const merchantId = `m${Math.floor(this.random() * MERCHANTS)}`;
    const body = { buyerReplyMinutes: 5 + Math.floor(this.random() * 356) };
    return { kind: 'configure', method: 'PUT', path: `/v1/merchants/${merchantId}/config`, body, ids: [], merchantId };
  }

  private talk(known: Known): Request {
    const { random } = this;
    const onClosed = random() < this.mix.openNewShare ? 'open-new' : 'refuse';
    const drawn = random();
    if (drawn < 0.08) return this.close(known);
    if (drawn > 0.15) return this.append(known, { ...this.message(known), onClosed });
    const events = Array.from({ length: 2 + Math.floor(random() * (BATCH_MAX - 1)) }, () => this.message(known));
    return this.append(known, { events, onClosed });
  }

  private append({ sessionId }: Known, body: Readonly<Record<string, unknown>>): Request {
    const events = (body['events'] ?? [body]) as readonly { readonly id: string }[];
    const ids = events.map(({ id }) => id);
    return { kind: 'append', method: 'POST', path: `/v1/sessions/${sessionId}/events`, body, ids, sessionId };
  }

  private message({ buyerReplyMinutes }: Known): { readonly id: string; readonly [field: string]: unknown } {
    const id = this.newId();
    const occurredAt = this.justBefore(buyerReplyMinutes * MINUTE_MS);
    const drawn = this.random();
    if (drawn < 0.1) return { id, type: 'queued', occurredAt };
    if (drawn < 0.4) return { id, type: 'message-from-buyer', occurredAt, data: { length: 12 } };
    return { id, type: 'message-from-agent', occurredAt, data: { automated: this.random() < 0.1 } };
  }

  private close({ sessionId }: Known): Request {
    const occurredAt = new Date(this.nowMs()).toISOString();
    const body = { id: this.newId(), type: 'closed', occurredAt, data: { reason: 'by-agent' } };
    const path = `/v1/sessions/${sessionId}/events`;
    return { kind: 'close', method: 'POST', path, body, ids: [body.id], sessionId };
  }

  /** An instant from which a clock of this length runs out in a moment. */
  private justBefore(limitMs: number): string {
    return new Date(this.nowMs() - limitMs + Math.floor(this.random() * this.mix.dueWithinMs)).toISOString();
  }

  private newId(): string {
    return `00000000-0000-4000-8000-${(++this.events).toString(16).padStart(12, '0')}`;
  }
}

const read = ({ sessionId }: Known): Request => ({
  kind: 'read',
  method: 'GET',
  path: `/v1/sessions/${sessionId}`,
  ids: [],
  sessionId,
});
