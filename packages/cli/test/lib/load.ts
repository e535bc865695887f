import { post } from './process.js';

const MINUTE_MS = 60_000;
const AGENT_LIMIT_MS = 360 * MINUTE_MS;
const BUYER_LIMIT_MS = 20 * MINUTE_MS;
/** How soon after it is written a session comes due. */
const DUE_WITHIN_MS = 400;
const SENDERS = 16;
const RECENT_SESSIONS = 150;

interface Request {
  readonly path: string;
  readonly body: { readonly id?: string; readonly eventId?: string; readonly [field: string]: unknown };
}

/** What a server has said it did: it must stand in the log, once, at this place. */
export interface Acknowledged {
  readonly sessionId: string;
  readonly revision: number;
  readonly id: string;
}

interface Answer {
  readonly outcome?: string;
  readonly code?: string;
  readonly sessionId: string;
  readonly revision: number;
}

/**
 * Senders that open sessions and talk in them, with times just before a deadline, so that closes are due all the while. What
 * was sent and not answered is sent again, word for word, to the next server.
 */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  /** Sessions that an answer called closed. */
  readonly toldClosed = new Set<string>();
  readonly outcomes: Record<string, number> = {};
  /** Answers that must not be: anything beyond 2xx and 409. */
  readonly odd: string[] = [];
  answers = 0;
  /** How many requests a kill has left without an answer. */
  cutOff = 0;
  private unanswered: Request[] = [];
  /** Only of these may be said that they exist. */
  private readonly opened: string[] = [];
  private sessions = 0;
  private events = 0;

  constructor(private readonly random: () => number) {}

  /** Sends until the server is gone: `kill` makes it so. */
  async run(url: string, kill: () => Promise<unknown>): Promise<void> {
    let isOver = false;
    const again = this.unanswered.splice(0);
    const sender = async (): Promise<void> => {
      while (!isOver) await this.send(url, again.pop() ?? this.next());
    };
    const senders = Array.from({ length: SENDERS }, sender);
    await kill();
    isOver = true;
    await Promise.all(senders);
    this.unanswered.push(...again);
  }

  /** Sends what is left to a server that stays. */
  async finish(url: string): Promise<void> {
    for (const request of this.unanswered.splice(0)) await this.send(url, request);
    if (this.unanswered.length > 0) throw new Error('the last server did not answer');
  }

  private async send(url: string, request: Request): Promise<void> {
    let answer: { status: number; body: Answer };
    try {
      answer = await post<Answer>(`${url}${request.path}`, request.body);
    } catch {
      this.cutOff++;
      this.unanswered.push(request);
      return;
    }
    this.note(request, answer.status, answer.body);
  }

  private note({ path, body }: Request, status: number, { outcome, code, sessionId, revision }: Answer): void {
    const what = outcome ?? code ?? String(status);
    this.answers++;
    this.outcomes[what] = (this.outcomes[what] ?? 0) + 1;
    if (status === 409 && code === 'session-closed') this.toldClosed.add(path.split('/')[3] as string);
    else if (status !== 200 && status !== 201) this.odd.push(`${status} ${what} for ${JSON.stringify(body)}`);
    else if (outcome === 'already-closed') this.toldClosed.add(sessionId);
    else if (body.eventId !== undefined) {
      this.opened.push(sessionId);
      this.acknowledged.push({ sessionId, revision: 0, id: body.eventId });
    } else this.acknowledged.push({ sessionId, revision, id: body.id as string });
  }

  private next(): Request {
    const { random } = this;
    if (this.opened.length === 0 || random() < 0.3) {
      const body = {
        sessionId: sessionIdOf(++this.sessions),
        eventId: this.newId(),
        merchantId: `m${Math.floor(random() * 5)}`,
        openedBy: 'buyer',
        occurredAt: this.justBefore(AGENT_LIMIT_MS),
      };
      return { path: '/v1/sessions', body };
    }
    const place = Math.max(0, this.opened.length - 1 - Math.floor(random() * RECENT_SESSIONS));
    return { path: `/v1/sessions/${this.opened[place] as string}/events`, body: this.event() };
  }

  private event(): Request['body'] {
    const onClosed = this.random() < 0.5 ? 'open-new' : 'refuse';
    const placed = { id: this.newId(), onClosed };
    const drawn = this.random();
    if (drawn < 0.5) {
      const data = { automated: this.random() < 0.1 };
      return { ...placed, type: 'message-from-agent', occurredAt: this.justBefore(BUYER_LIMIT_MS), data };
    }
    if (drawn < 0.8) return { ...placed, type: 'message-from-buyer', occurredAt: this.justBefore(BUYER_LIMIT_MS) };
    if (drawn < 0.9) return { ...placed, type: 'queued' };
    return { ...placed, type: 'closed', data: { reason: 'by-agent' } };
  }

  /** An instant from which a clock of this length runs out in a moment. */
  private justBefore(limitMs: number): string {
    return new Date(Date.now() - limitMs + Math.floor(this.random() * DUE_WITHIN_MS)).toISOString();
  }

  private newId(): string {
    return `00000000-0000-4000-8000-${(++this.events).toString(16).padStart(12, '0')}`;
  }
}

const sessionIdOf = (number: number): string => `01HQ${String(number).padStart(22, '0')}`;
