import type { Answer, Command, EventRecord, Fate, NewEvent, SentEvent, World } from '@lapse/simulation/oracle';
import { answerTo, emptyWorld, fateIn, fateOf } from '@lapse/simulation/oracle';

/** The instant from which all tests count their minutes. */
const START_MS = 1_700_000_000_000;
/** The instant so many minutes, and so many milliseconds, after the start. */
export const atMs = (minutes: number, ms = 0) => START_MS + minutes * 60_000 + ms;
export const HOUR = 60;
export const DAY = 24 * HOUR;

export const STREAM = 'session-01HF7YAT00AAAAAAAAAAAAAAAA';
export const OTHER = 'session-01HF7YAT00BBBBBBBBBBBBBBBB';

type Draft = Omit<EventRecord, 'revision' | 'id'> & { id?: string };

const draft = (type: string, minutes: number, data: Draft['data'] = {}, ms = 0): Draft => ({
  type,
  occurredAtMs: atMs(minutes, ms),
  data,
  readable: true,
});

export const opened = (minutes = 0) => draft('opened', minutes, { merchantId: 'm', openedBy: 'buyer' });
export const buyer = (minutes: number, ms = 0) => draft('message-from-buyer', minutes, {}, ms);
export const agent = (minutes: number, ms = 0) => draft('message-from-agent', minutes, {}, ms);
export const automated = (minutes: number, ms = 0) => draft('message-from-agent', minutes, { automated: true }, ms);
export const queued = (minutes: number, ms = 0) => draft('queued', minutes, {}, ms);
export const closed = (minutes: number, ms = 0) => draft('closed', minutes, { reason: 'by-agent' }, ms);
export const unknown = (minutes: number) => draft('note-added', minutes);
/** A timeout's close. The fold looks at the reason and the time only; that a proof is there must be enough. */
export const timeout = (reason: string, minutes: number, ms = 0) =>
  draft('closed', minutes, { reason, proof: { any: 'thing' } }, ms);

export const pin = (limits: readonly (number | null)[], policy = 'standard', version = 1) =>
  draft('config-version', 0, {
    merchantId: 'm',
    version,
    policy,
    agentReplyMinutes: limits[0],
    buyerReplyMinutes: limits[1],
    queueMinutes: limits[2],
    why: 'rollout',
    changedBy: { role: 'system', id: 'lapse' },
    merchantRevision: version === 0 ? null : version - 1,
  });
export const standard = (buyerReplyMinutes = 20) => pin([360, buyerReplyMinutes, 1440]);
export const legacy = () => pin([4320, 20, null], 'legacy', 0);
export const none = () => pin([null, null, null], 'none', 0);

/** The fate of a stream of exactly these events. */
export function fateOfAll(...events: readonly Draft[]): Fate {
  const records = events.map((event, revision) => ({ id: `e${revision}`, ...event, revision }));
  return fateOf({ stream: STREAM, events: records });
}

/** The fate of a session that was opened at 0 under the standard policy, then met these events from revision 2 on. */
export const fateAfter = (...events: readonly Draft[]) => fateOfAll(opened(), standard(), ...events);

/** The running rule and its deadline in minutes after the start. */
export function running(fate: Fate): readonly [string, number | null] | string {
  if (fate.clock === null) return fate.state;
  const { rule, deadlineAtMs } = fate.clock;
  return [rule, deadlineAtMs === null ? null : (deadlineAtMs - START_MS) / 60_000];
}

/** A world that is played on, command by command; each call answers and keeps the new logs. */
export class Play {
  world: World;
  private count = 0;

  constructor(settings: Partial<World['settings']> = {}) {
    this.world = emptyWorld(settings);
  }

  do(command: Command): Answer {
    const { answer, world } = answerTo(this.world, command);
    this.world = world;
    return answer;
  }

  open(minutes = 0, stream = STREAM, more: object = {}): Answer {
    const data = { merchantId: 'm', openedBy: 'buyer', buyerId: 'b' };
    return this.do({ do: 'open', stream, id: `open-${stream}`, data, nowMs: atMs(minutes), ...more });
  }

  /** One event or a batch, received at `nowMinutes` (with `ms` on top), addressed to STREAM unless `more` says otherwise. */
  append(nowMinutes: number, events: Sendable | readonly Sendable[], more: object = {}, ms = 0): Answer {
    const list = Array.isArray(events) ? events : [events];
    const sent: SentEvent[] = list.map(({ type, data, occurredAtMs, id }: Sendable) => ({
      id: id ?? this.freshId(),
      type,
      data,
      ...(occurredAtMs === undefined ? {} : { occurredAtMs }),
    }));
    const common = { do: 'append', stream: STREAM, onClosed: 'refuse' } as const;
    return this.do({ ...common, events: sent, nowMs: atMs(nowMinutes, ms), ...more });
  }

  foreign(event: Draft, stream = STREAM): Answer {
    const { id = this.freshId(), ...rest } = event;
    return this.do({ do: 'foreign', stream, id, ...rest, nowMs: event.occurredAtMs });
  }

  sweep(minutes: number, ms = 0): Answer {
    return this.do({ do: 'sweep', nowMs: atMs(minutes, ms) });
  }

  config(action: 'rollout' | 'change' | 'revert', minutes: number, more: object = {}): Answer {
    const changedBy = { role: 'main', id: 'a' };
    return this.do({ do: 'config', action, merchantId: 'm', changedBy, nowMs: atMs(minutes), ...more });
  }

  read(minutes: number, ms = 0, stream = STREAM) {
    const answer = this.do({ do: 'read', stream, nowMs: atMs(minutes, ms) });
    return answer.ok ? answer.view! : answer.code;
  }

  fate(stream = STREAM): Fate {
    return fateIn(this.world, stream);
  }

  log(stream = STREAM) {
    return this.world.sessions[stream] ?? [];
  }

  /** The types of a stream's events, in order. */
  types(stream = STREAM): readonly string[] {
    return this.log(stream).map((event) => event.type);
  }

  /** A stream's events as type and minutes after the start. */
  story(stream = STREAM): readonly string[] {
    return this.log(stream).map((event) => `${event.type} ${(event.occurredAtMs - START_MS) / 60_000}`);
  }

  /** The streams other than STREAM, in the order of their first event. */
  others(): readonly string[] {
    const streams = Object.keys(this.world.sessions).filter((stream) => stream !== STREAM);
    return streams.sort((one, other) => this.log(one)[0]!.position - this.log(other)[0]!.position);
  }

  merchant(id = 'm') {
    return this.world.merchants[id] ?? [];
  }

  private freshId(): string {
    this.count += 1;
    return `id-${this.count}`;
  }
}

export type Sendable = { type: string; data: NewEvent['data']; occurredAtMs?: number; id?: string };

/** The event with an id of its own. */
export const withId = (id: string, event: Sendable): Sendable => ({ ...event, id });

/** Only the code of a refusal and its index; `ok` for a success. */
export function short(answer: Answer): string {
  if (answer.ok) return 'ok';
  return answer.index === undefined ? answer.code : `${answer.code} ${answer.index}`;
}
