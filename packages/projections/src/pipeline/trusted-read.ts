import {
  CURRENT_SCHEMA_VERSION,
  eventTypeOfKind,
  KIND_UNCERTAIN,
  readEvent,
  type Actor,
  type ClosedData,
  type ConfigData,
  type LapseEvent,
  type OpenedData,
  type Proof,
  type ReadEvent,
} from '@lapse/domain';
import type { EventText, RecordedEvent } from '@lapse/store';
import { detached } from './detached.js';
import { closedAsSpelled, openedAsSpelled, queuedAsSpelled } from './own-spelling.js';

/**
 * A store's columns say of which kind an event is and when it happened only where its payload has been read and checked
 * before: checking it again is half the cost of a rebuild. So what stands in the form that Lapse writes is picked out of the
 * JSON without another check; everything else (older shapes, other writers' spellings) is read as if for the first time.
 * Gives what `readEvent` gives, always; what an event leaves out is undefined here and absent there.
 */
export class TrustedReader {
  private readonly configs = new Map<string, ConfigData>();

  /** `text` where the page has it at hand; the `whole` event is asked for only where it has not, or does not tell. */
  read(kind: number, atMs: number, text: EventText | undefined, whole: { stored: () => RecordedEvent }): ReadEvent {
    const type = kind === KIND_UNCERTAIN ? undefined : eventTypeOfKind(kind);
    if (type === undefined) return readEvent(whole.stored());
    const { data: json, metadata } = text ?? textOf(whole.stored());
    if (!isCurrentVersion(metadata) || json.includes(REPLACEMENT)) return readEvent(whole.stored());
    const data = this.data(type, json);
    if (data === undefined) return readEvent(whole.stored());
    return { kind: 'event', event: { type, occurredAtMs: atMs, data } as LapseEvent };
  }

  /** Undefined also where a damaged disk has made something else of what was checked: the careful reading says what. */
  private data(type: LapseEvent['type'], json: string): LapseEvent['data'] | undefined {
    try {
      return type === 'config-version' ? this.config(json) : dataOf(type, json);
    } catch {
      return undefined;
    }
  }

  /** A merchant's version is copied into each of its sessions: the copies differ in their time alone. */
  private config(text: string): ConfigData | undefined {
    if (!TIME.test(text)) return undefined;
    const rest = text.slice(TIME_LENGTH);
    const known = this.configs.get(rest);
    if (known !== undefined) return known;
    const data = configFrom(JSON.parse(text) as Fields);
    if (data === undefined) return undefined;
    if (this.configs.size === CONFIGS_MAX) this.configs.clear();
    this.configs.set(detached(rest), data);
    return data;
  }
}

/** How many different config versions are remembered; beyond that remembering starts anew. */
const CONFIGS_MAX = 10_000;

type Fields = Record<string, unknown>;

/** What stands in front of everything that copies of a config have in common. */
const TIME = /^\{"occurredAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/;
const TIME_LENGTH = '{"occurredAt":"2026-03-01T10:00:00.000Z"'.length;

const VERSION = `{"schemaVersion":${CURRENT_SCHEMA_VERSION}`;
const COMMA_OR_END = new Set([',', '}']);
/** Stands for bytes that are not well-formed UTF-8. */
const REPLACEMENT = '\ufffd';

/** The metadata name the current version, once and without escapes: whatever else they hold does not matter. */
const isCurrentVersion = (metadata: string): boolean => {
  if (!metadata.startsWith(VERSION) || !COMMA_OR_END.has(metadata[VERSION.length] as string)) return false;
  if (metadata.length === VERSION.length + 1) return true;
  return !metadata.includes('schemaVersion', VERSION.length) && !metadata.includes('\\');
};

const textOf = ({ data, metadata }: RecordedEvent): EventText => ({ data: utf8(data), metadata: utf8(metadata) });
export const utf8 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const dataOf = (type: Exclude<LapseEvent['type'], 'config-version'>, json: string): LapseEvent['data'] | undefined => {
  switch (type) {
    case 'opened':
      return openedAsSpelled(json) ?? openedFrom(JSON.parse(json) as Fields);
    case 'queued':
      return queuedAsSpelled(json) ?? { queueId: given((JSON.parse(json) as Fields)['queueId']) };
    case 'closed':
      return closedAsSpelled(json) ?? closedFrom(JSON.parse(json) as Fields);
    case 'message-from-buyer':
    case 'message-from-agent':
      return undefined;
  }
};

/** In a session's event null is another way to leave something out. */
const given = <T>(value: unknown): T | undefined => (value ?? undefined) as T | undefined;

// What is left out is undefined in its place, so that all openings, and all closes, have one shape: those that have it are read
// for every event of their session.

const openedFrom = (fields: Fields): OpenedData => ({
  merchantId: fields['merchantId'] as string,
  openedBy: fields['openedBy'] as OpenedData['openedBy'],
  buyerId: given(fields['buyerId']),
  agentId: given(fields['agentId']),
  externalId: given(fields['externalId']),
  previousSessionId: given(fields['previousSessionId']),
});

const actorFrom = (actor: unknown): Actor => {
  const { role, id } = actor as Actor;
  return { role, id };
};

const closedFrom = (fields: Fields): ClosedData | undefined => {
  const closedBy = given(fields['closedBy']);
  const proof = given<Fields>(fields['proof']);
  if (proof !== undefined && !hasOurInstants(proof)) return undefined;
  return {
    reason: fields['reason'] as ClosedData['reason'],
    closedBy: closedBy === undefined ? undefined : actorFrom(closedBy),
    sourceReason: given(fields['sourceReason']),
    proof: proof === undefined ? undefined : proofFrom(proof as unknown as Proof),
  };
};

const hasOurInstants = ({ anchor, deadline }: Fields): boolean =>
  isOurInstant(deadline) && isOurInstant((anchor as Fields)['occurredAt']);

const proofFrom = ({ rule, limitMinutes, configVersion, anchor, deadline }: Proof): Proof => {
  const { revision, type, occurredAt } = anchor;
  return { rule, limitMinutes, configVersion, anchor: { revision, type, occurredAt }, deadline };
};

/** An instant that has been checked before, in the spelling that we give it: `2026-03-01T10:00:00.000Z`. */
const isOurInstant = (text: unknown): boolean =>
  typeof text === 'string' && text.length === 24 && text[10] === 'T' && text[19] === '.' && text[23] === 'Z';

const configFrom = (fields: Fields): ConfigData | undefined => {
  const { merchantId, version, policy, agentReplyMinutes, buyerReplyMinutes, queueMinutes, why } = fields;
  const data: Fields = { merchantId, version, policy, agentReplyMinutes, buyerReplyMinutes, queueMinutes, why };
  data['changedBy'] = actorFrom(fields['changedBy']);
  if (fields['merchantRevision'] !== undefined) data['merchantRevision'] = fields['merchantRevision'];
  return data as ConfigData;
};
