import { Ledger } from '../traffic/ledger.js';
import type { Request, Requests } from './requests.js';
import { sleep, type Tools } from './tools.js';

/** What the server may say beside yes and the refusals of the rules, and how often a sender gives up on that. */
export interface Patience {
  readonly troubles: readonly string[];
  /** Of answers which say that nothing was written: given up, the event must stand nowhere. Share of 1. */
  readonly givesUpShare: number;
}

interface Answer {
  readonly outcome?: string;
  readonly code?: string;
  readonly sessionId?: string;
  readonly position?: string | null;
  readonly revision?: number;
  readonly openedSuccessor?: boolean;
  readonly config?: { readonly buyerReplyMinutes: number };
  readonly events?: readonly { readonly id: string; readonly revision: number }[];
}

/** Refusals that are right for this traffic. */
const REFUSALS = ['session-closed', 'batch-crosses-close'];
/** With these nothing was written. */
const NOT_WRITTEN = ['disk-full', 'overloaded', 'shutting-down', 'store-busy', 'contention'];
const ANSWER_MS_MAX = 60_000;
/** After a connection that failed, or an answer that says later. */
const PAUSE_MS = 20;
const SUCCESSOR_MINUTES = 20;
const ODD_MAX = 100;

/**
 * Chat services and merchants: they send over HTTP, keep what they were told, and send again, word for word, what was not
 * answered.
 */
export class ChatServices {
  readonly ledger = new Ledger();
  /** Sessions that an answer called closed. */
  readonly toldClosed = new Set<string>();
  /** How often each outcome and code was answered. */
  readonly outcomes = new Map<string, number>();
  /** Answers that must not be. */
  readonly odd: string[] = [];
  /** How many answers came, and how many requests were left without one. */
  answers = 0;
  cutOff = 0;
  /** Why, in the words of the system: `ECONNREFUSED`, `UND_ERR_SOCKET`, … */
  readonly cutOffBy = new Map<string, number>();
  private unanswered: Request[] = [];

  constructor(
    readonly requests: Requests,
    private readonly tools: Tools,
    private readonly patience: Patience = { troubles: [], givesUpShare: 0 },
  ) {}

  get waiting(): number {
    return this.unanswered.length;
  }

  /** What is sent next: what is to be sent again comes first. */
  next(): Request {
    return this.unanswered.shift() ?? this.requests.next();
  }

  /** So many at a time, each to one of the servers that are there now, until the answer is called; it waits for the last. */
  start(senders: number, servers: () => readonly string[]): () => Promise<void> {
    let isOver = false;
    const sender = async (): Promise<void> => {
      while (!isOver) {
        const request = this.next();
        const isTwice = this.tools.random() < 0.02;
        const send = (): Promise<boolean> => this.send(this.pick(servers()), request);
        await Promise.all([send(), isTwice && send()]);
      }
    };
    const running = Promise.all(Array.from({ length: senders }, sender));
    return async () => {
      isOver = true;
      await running;
    };
  }

  /** Sends what is left until all of it has been answered. Rejects after so many rounds. */
  async finish(servers: readonly string[], roundsMax = 500): Promise<void> {
    for (let round = 0; round < roundsMax && this.unanswered.length > 0; round++) {
      await Promise.all(this.unanswered.splice(0).map((request) => this.send(this.pick(servers), request)));
    }
    if (this.unanswered.length > 0) throw new Error(`${this.unanswered.length} requests are never answered`);
  }

  /** Resolves when it was answered for good (true), or is to be sent again. Never rejects. */
  async send(url: string | undefined, request: Request): Promise<boolean> {
    const isDone = await this.sendOnce(url, request);
    if (isDone) return true;
    this.ledger.leaveOpen(request.ids);
    this.unanswered.push(request);
    await sleep(this.tools, PAUSE_MS);
    return false;
  }

  private async sendOnce(url: string | undefined, request: Request): Promise<boolean> {
    if (request.kind === 'open') this.ledger.opens(request.ids[0] as string, request.merchantId as string);
    const answered = url === undefined ? undefined : await this.ask(url, request);
    if (answered === undefined) {
      this.cutOff += 1;
      return false;
    }
    const { status, body } = answered;
    const what = body.outcome ?? body.code ?? String(status);
    this.answers += 1;
    this.outcomes.set(what, (this.outcomes.get(what) ?? 0) + 1);
    if (status < 300) this.accepted(request, body);
    else if (REFUSALS.includes(what)) this.refused(request, what);
    else if (!this.patience.troubles.includes(what)) this.wondered(request, status, what);
    else if (NOT_WRITTEN.includes(what) && this.tools.random() < this.patience.givesUpShare) {
      this.ledger.refuse(request.ids, what);
    } else return false;
    return true;
  }

  private async ask(
    url: string,
    { method, path, body }: Request,
  ): Promise<{ status: number; body: Answer } | undefined> {
    const tooLong = new AbortController();
    const cancel = this.tools.setTimer(ANSWER_MS_MAX, () => tooLong.abort());
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        signal: tooLong.signal,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Answer };
    } catch (error) {
      const why = causeOf(error);
      this.cutOffBy.set(why, (this.cutOffBy.get(why) ?? 0) + 1);
      return undefined;
    } finally {
      cancel();
    }
  }

  private accepted(request: Request, answer: Answer): void {
    const { kind, sessionId, ids, merchantId } = request;
    if (kind === 'configure') return this.ledger.configured(merchantId as string, answer.revision as number);
    if (kind === 'open') {
      this.ledger.acknowledge([{ id: ids[0] as string, stream: `session-${sessionId as string}`, revision: 0 }]);
      if (answer.outcome === 'opened') this.requests.learn(sessionId as string, answer.config?.buyerReplyMinutes ?? 20);
    } else if (answer.outcome === 'already-closed') {
      this.ledger.leaveOpen(ids);
      this.toldClosed.add(sessionId as string);
    } else if (answer.events !== undefined) {
      const stream = `session-${answer.sessionId as string}`;
      this.ledger.acknowledge(answer.events.map(({ id, revision }) => ({ id, stream, revision })));
      if (kind === 'close') this.toldClosed.add(sessionId as string);
      if (answer.openedSuccessor === true) this.requests.learn(answer.sessionId as string, SUCCESSOR_MINUTES);
    }
  }

  private refused({ ids, sessionId }: Request, code: string): void {
    this.ledger.refuse(ids, code);
    if (code === 'session-closed') this.toldClosed.add(sessionId as string);
  }

  private wondered({ ids, method, path }: Request, status: number, what: string): void {
    this.ledger.leaveOpen(ids);
    if (this.odd.length < ODD_MAX) this.odd.push(`${status} ${what} for ${method} ${path}`);
  }

  private pick(servers: readonly string[]): string | undefined {
    return servers[Math.floor(this.tools.random() * servers.length)];
  }
}

/** `fetch` hides what happened in a cause. */
const causeOf = (error: unknown): string => {
  const { name, cause } = error as Error & { readonly cause?: { readonly code?: string } };
  return cause?.code ?? name;
};
