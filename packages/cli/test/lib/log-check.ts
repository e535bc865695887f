import type { Acknowledged } from './load.js';

/** An event as `lapse tail --json` shows it. */
export interface LogLine {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly data: {
    readonly automated?: boolean;
    readonly reason?: string;
    readonly proof?: { readonly deadline: string };
    readonly agentReplyMinutes?: number;
    readonly buyerReplyMinutes?: number;
    readonly queueMinutes?: number;
  };
}

/** Everything that is wrong with a log, in words: the rules read once more, with nothing of Lapse in it. */
export const faultsOf = (
  log: readonly LogLine[],
  told: { readonly acknowledged: readonly Acknowledged[]; readonly toldClosed: Iterable<string> },
  /** By then everything that was due has been closed. */
  settledMs: number,
): string[] => {
  const faults: string[] = [];
  const streams = new Map<string, LogLine[]>();
  log.forEach((line, i) => {
    if (Number(line.position) !== i + 1) faults.push(`position ${line.position} in place ${i + 1}`);
    const stream = streams.get(line.stream) ?? [];
    if (line.revision !== stream.length)
      faults.push(`${line.stream}: revision ${line.revision} in place ${stream.length}`);
    if (stream.some(({ id }) => id === line.id)) faults.push(`${line.stream}: id ${line.id} twice`);
    streams.set(line.stream, [...stream, line]);
  });
  for (const { sessionId, revision, id } of told.acknowledged) {
    const stream = streams.get(`session-${sessionId}`);
    if (stream?.[revision]?.id !== id) faults.push(`${sessionId}@${revision}: the acknowledged ${id} is not there`);
  }
  for (const sessionId of told.toldClosed) {
    const closes = streams.get(`session-${sessionId}`)?.filter(({ type }) => type === 'closed') ?? [];
    if (closes.length !== 1) faults.push(`${sessionId} was called closed and has ${closes.length} closes`);
  }
  for (const [name, events] of streams) {
    if (name.startsWith('session-'))
      faults.push(...faultsOfSession(events, settledMs).map((fault) => `${name}: ${fault}`));
  }
  return faults;
};

type Rule = 'agent-silent' | 'buyer-silent' | 'queue-expired';

const faultsOfSession = (events: readonly LogLine[], settledMs: number): string[] => {
  const [opened, pin, ...rest] = events;
  if (opened?.type !== 'opened' || pin?.type !== 'config-version') return ['does not begin with opened and its config'];
  const limits = {
    'agent-silent': pin.data.agentReplyMinutes,
    'buyer-silent': pin.data.buyerReplyMinutes,
    'queue-expired': pin.data.queueMinutes,
  };
  let rule = 'agent-silent' as Rule;
  let timeMs = Date.parse(opened.occurredAt);
  let sinceMs = timeMs;
  const deadlineMs = (): number => sinceMs + (limits[rule] as number) * 60_000;
  for (const [i, { type, occurredAt, data }] of rest.entries()) {
    const isLast = i === rest.length - 1;
    if (type === 'closed' && data.proof !== undefined) {
      const said = `${data.reason} at ${occurredAt}, deadline ${data.proof.deadline}`;
      const due = new Date(deadlineMs()).toISOString();
      const right = `${rule} at ${due}, deadline ${due}`;
      if (said !== right) return [`closed as ${said} instead of ${right}`];
      return isLast ? [] : ['goes on after its close'];
    }
    timeMs = Math.max(timeMs, Date.parse(occurredAt));
    if (timeMs > deadlineMs()) return [`${type} at ${occurredAt} stands behind the deadline`];
    if (type === 'closed') return isLast ? [] : ['goes on after its close'];
    const next = ruleAfter(rule, type, data.automated === true);
    if (next === undefined) continue;
    rule = next;
    sinceMs = timeMs;
  }
  return deadlineMs() < settledMs ? [`due at ${new Date(deadlineMs()).toISOString()} and still open`] : [];
};

/** What runs afterwards, counted from this event; undefined: nothing moves. */
const ruleAfter = (running: Rule, type: string, automated: boolean): Rule | undefined => {
  if (type === 'message-from-agent') return automated ? undefined : 'buyer-silent';
  if (running === 'queue-expired') return undefined;
  return type === 'queued' ? 'queue-expired' : 'agent-silent';
};
