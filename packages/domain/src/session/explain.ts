import type { LapseEvent, Proof } from '../events/index.js';
import type { SessionClose } from './state.js';

/** An event of the stream at its revision, as far as it could be read. */
export interface PlacedEvent {
  readonly revision: number;
  readonly event: LapseEvent;
}

/**
 * One sentence that says why a session is closed, from the log alone: "closed as buyer-silent: agent a17 wrote at
 * 10:00:00.000Z, limit 20 min (config version 3), nothing by 10:20:00.000Z". `events` are those of its stream.
 */
export const explainClose = (close: SessionClose, events: readonly PlacedEvent[]): string => {
  const { proof } = close;
  if (proof !== undefined && close.reason === proof.rule) return explainTimeout(proof, events);
  const at = new Date(close.atMs).toISOString();
  const by = close.closedBy === undefined ? '' : ` (${close.closedBy.role} ${close.closedBy.id})`;
  switch (close.reason) {
    case 'by-agent':
      return `closed by the agent${by} at ${at}`;
    case 'by-buyer':
      return `closed by the buyer${by} at ${at}`;
    case 'by-system':
      return `closed by the system${by} at ${at}`;
    case 'by-source':
      return `closed at ${at}, as its source recorded${close.sourceReason === undefined ? '' : `: ${close.sourceReason}`}`;
    case 'agent-silent':
    case 'buyer-silent':
    case 'queue-expired':
      return `closed as ${close.reason} at ${at} by another writer, without a proof`;
  }
};

const explainTimeout = (proof: Proof, events: readonly PlacedEvent[]): string => {
  const anchor = events.find((placed) => placed.revision === proof.anchor.revision)?.event;
  const show = clockText(proof.anchor.occurredAt, proof.deadline);
  const what = `${whatHappened(proof, anchor)} at ${show(proof.anchor.occurredAt)}`;
  const limit = `limit ${proof.limitMinutes} min (config version ${proof.configVersion})`;
  return `closed as ${proof.rule}: ${what}, ${limit}, ${whatWasMissing[proof.rule]} by ${show(proof.deadline)}`;
};

const whatWasMissing = {
  'agent-silent': "no agent's answer",
  'buyer-silent': 'nothing',
  'queue-expired': "no agent's answer",
} as const;

const whatHappened = (proof: Proof, anchor: LapseEvent | undefined): string => {
  switch (proof.anchor.type) {
    case 'message-from-agent':
      return `agent${senderOf(anchor)} wrote`;
    case 'message-from-buyer':
      return `buyer${senderOf(anchor)} wrote`;
    case 'queued':
      return 'queued';
    default:
      return 'opened';
  }
};

const senderOf = (event: LapseEvent | undefined): string =>
  event !== undefined && 'senderId' in event.data && event.data.senderId !== undefined ? ` ${event.data.senderId}` : '';

/** The time of day is enough where both instants fall on one day. */
const clockText = (from: string, to: string): ((instant: string) => string) =>
  from.slice(0, 10) === to.slice(0, 10) ? (instant) => instant.slice(11) : (instant) => instant;
