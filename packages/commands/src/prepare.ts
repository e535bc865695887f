import {
  acceptedTimeMs,
  encodeEvent,
  type Candidate,
  type EncodedEvent,
  type LapseEvent,
  type Refusal,
} from '@lapse/domain';
import type { Context } from './context.js';
import { newEventId } from './merchant-stream.js';
import { inTheFuture } from './refusals.js';
import type { AppendEvents, EventToSend, Trace } from './types.js';

/** An event on its way into a stream: its id, whether the sender gave it, and the event with the time it will carry. */
export interface PreparedEvent {
  readonly id: string;
  readonly isIdGiven: boolean;
  readonly event: Extract<LapseEvent, { type: EventToSend['type'] }>;
  /** Too far ahead of the receipt (D8): whoever gets that far is refused. */
  readonly isInTheFuture: boolean;
  /** What the sender claimed, where it was moved to the receipt. */
  readonly claimedAtMs: number | undefined;
}

/** Gives each event its id and its time (D8, D17). */
export const prepareEvents = (
  context: Context,
  command: AppendEvents,
  receivedAtMs: number,
): readonly PreparedEvent[] =>
  command.events.map((sent) => {
    const claimedAtMs = sent.occurredAtMs ?? receivedAtMs;
    const atMs = acceptedTimeMs(claimedAtMs, receivedAtMs, context.settings.clockSkewMs);
    const occurredAtMs = atMs ?? claimedAtMs;
    return {
      id: sent.id ?? newEventId(context, receivedAtMs),
      isIdGiven: sent.id !== undefined,
      event: { type: sent.type, occurredAtMs, data: sent.data } as PreparedEvent['event'],
      isInTheFuture: atMs === undefined,
      claimedAtMs: occurredAtMs === claimedAtMs ? undefined : claimedAtMs,
    };
  });

/** D8, of any event of a batch, before its lapse. */
export const refuseFuture = (events: readonly PreparedEvent[]): Refusal | undefined => {
  const index = events.findIndex((event) => event.isInTheFuture);
  return index < 0 ? undefined : inTheFuture(index);
};

export const candidateOf = ({ event }: PreparedEvent): Candidate => ({
  type: event.type,
  atMs: event.occurredAtMs,
  automated: event.type === 'message-from-agent' && event.data.automated,
});

export const encodePrepared = (prepared: PreparedEvent, trace: Trace | undefined): EncodedEvent =>
  encodeEvent(prepared.id, prepared.event, { ...trace, claimedOccurredAtMs: prepared.claimedAtMs });
