import { fileURLToPath } from 'node:url';
import { readSourceSessions, type SourceEvent } from '@lapse/analysis';
import { importedSessionId, type OpenedData } from '@lapse/domain';
import type { EventToSend } from '@lapse/commands';

/** The merchant of the example: 300 minutes at first, 50 later. */
export const MERCHANT = 'demo';
const SAMPLE = fileURLToPath(new URL('../../sample/irc-ubuntu.ndjson', import.meta.url));
const SOURCE = 'irc-ubuntu';
const MINUTE_MS = 60_000;

interface At {
  readonly atMs: number;
}
/** What happens in the demo, in the order of time. */
export type DemoStep = At &
  (
    | { readonly kind: 'config'; readonly merchantId: string; readonly buyerReplyMinutes: number }
    | { readonly kind: 'open'; readonly label: string; readonly sessionId: string; readonly data: OpenedData }
    | { readonly kind: 'append'; readonly label: string; readonly sessionId: string; readonly event: EventToSend }
  );

/** Real conversations, and beside them the four sessions that show whom a change of limit reaches. */
export const demoSteps = async (conversations: number): Promise<readonly DemoStep[]> => {
  const real: DemoStep[] = [];
  let count = 0;
  for await (const { events } of readSourceSessions(SAMPLE)) {
    if (count++ >= conversations) break;
    real.push(...events.map((event) => realStep(event, events[0] as SourceEvent)));
  }
  const startMs = Math.min(Date.UTC(2006, 5, 1, 11, 55), ...real.map(({ atMs }) => atMs));
  return [...real, ...exampleSteps(startMs)].sort((a, b) => a.atMs - b.atMs);
};

const realStep = (event: SourceEvent, first: SourceEvent): DemoStep => {
  const placed = {
    atMs: event.at,
    label: event.session,
    sessionId: importedSessionId(SOURCE, event.session, first.at),
  };
  if (event.type === 'opened') {
    const { merchant, by, buyer } = event;
    return { ...placed, kind: 'open', data: { merchantId: merchant, openedBy: by, buyerId: buyer } };
  }
  return { ...placed, kind: 'append', event: toSend(event) };
};

const toSend = (event: Exclude<SourceEvent, { type: 'opened' }>): EventToSend => {
  const occurredAtMs = event.at;
  switch (event.type) {
    case 'message-from-buyer':
      return { type: event.type, occurredAtMs, data: { senderId: event.actor } };
    case 'message-from-agent':
      return { type: event.type, occurredAtMs, data: { senderId: event.actor, automated: event.automated } };
    case 'queued':
      return { type: event.type, occurredAtMs, data: {} };
    case 'closed':
      return { type: event.type, occurredAtMs, data: { reason: 'by-source' } };
  }
};

/** A, B and C open under 300 minutes; the merchant switches to 50; D opens. In each the agent answers once. */
const exampleSteps = (startMs: number): DemoStep[] => {
  const at = (minutes: number): number => startMs + minutes * MINUTE_MS;
  const session = (label: string, minutes: number): DemoStep[] => {
    const sessionId = importedSessionId('demo', label, at(minutes));
    const data: OpenedData = { merchantId: MERCHANT, openedBy: 'buyer', buyerId: `buyer-${label}` };
    const answer: EventToSend = { type: 'message-from-agent', data: { senderId: 'agent-1', automated: false } };
    return [
      { atMs: at(minutes), kind: 'open', label, sessionId, data },
      { atMs: at(minutes + 1), kind: 'append', label, sessionId, event: answer },
    ];
  };
  return [
    { atMs: at(0), kind: 'config', merchantId: MERCHANT, buyerReplyMinutes: 300 },
    ...session('A', 1),
    ...session('B', 2),
    ...session('C', 3),
    { atMs: at(10), kind: 'config', merchantId: MERCHANT, buyerReplyMinutes: 50 },
    ...session('D', 11),
  ];
};
