import { FLAG_AUTOMATED } from '../events/facts.js';
import type { ClosedData, ConfigData, EventType, LapseEvent, OpenedData, ReadEvent } from '../events/index.js';

/** One event as the fold takes it (D21): its place, what it is, its time. No clock, no store time. */
export type FoldEvent =
  | { readonly kind: 'opened'; readonly revision: number; readonly atMs: number; readonly data: OpenedData }
  | { readonly kind: 'config-version'; readonly revision: number; readonly atMs: number; readonly data: ConfigData }
  | { readonly kind: 'message-from-buyer'; readonly revision: number; readonly atMs: number }
  | {
      readonly kind: 'message-from-agent';
      readonly revision: number;
      readonly atMs: number;
      readonly automated: boolean;
    }
  | { readonly kind: 'queued'; readonly revision: number; readonly atMs: number; readonly queueId?: string | undefined }
  | {
      readonly kind: 'closed';
      readonly revision: number;
      readonly atMs: number;
      readonly data: ClosedData;
      /** Its id stands earlier in the stream already: it counts only if it is Lapse's own. */
      readonly hasRepeatedId?: boolean;
    }
  | { readonly kind: 'unknown'; readonly revision: number }
  | { readonly kind: 'unreadable'; readonly revision: number; readonly why: string }
  /** It would park the stream, and an operator has decided that it is left out. */
  | { readonly kind: 'skipped'; readonly revision: number }
  /** Its id stands earlier in the stream already (D18). */
  | { readonly kind: 'repeated-id'; readonly revision: number };

/** Takes a parsed event to its place in the stream. */
export const toFoldEvent = (revision: number, event: LapseEvent): FoldEvent => {
  const atMs = event.occurredAtMs;
  switch (event.type) {
    case 'opened':
      return { kind: event.type, revision, atMs, data: event.data };
    case 'config-version':
      return { kind: event.type, revision, atMs, data: event.data };
    case 'closed':
      return { kind: event.type, revision, atMs, data: event.data };
    case 'message-from-buyer':
      return { kind: event.type, revision, atMs };
    case 'message-from-agent':
      return { kind: event.type, revision, atMs, automated: event.data.automated };
    case 'queued':
      return { kind: event.type, revision, atMs, queueId: event.data.queueId };
  }
};

/** The same for whatever reading an event gave. */
export const foldEventOf = (revision: number, read: ReadEvent): FoldEvent => {
  if (read.kind === 'event') return toFoldEvent(revision, read.event);
  return read.kind === 'unknown' ? { kind: 'unknown', revision } : { kind: 'unreadable', revision, why: read.why };
};

/** Events that the fold needs no payload of: straight from a store's columns. */
export const foldEventOfFacts = (
  type: Extract<EventType, 'message-from-buyer' | 'message-from-agent'>,
  revision: number,
  atMs: number,
  flags: number,
): FoldEvent =>
  type === 'message-from-buyer'
    ? { kind: type, revision, atMs }
    : { kind: type, revision, atMs, automated: (flags & FLAG_AUTOMATED) !== 0 };

/**
 * An event whose id stands earlier in its stream (D18): ignored and counted. Two things are stronger than that: an event that
 * cannot be read parks the stream all the same (D11), and Lapse's own close ends it, even where somebody has taken its id,
 * or the session would never end.
 */
export const asRepeated = (event: FoldEvent): FoldEvent => {
  if (event.kind === 'unreadable') return event;
  if (event.kind === 'closed') return { ...event, hasRepeatedId: true };
  return { kind: 'repeated-id', revision: event.revision };
};
