import { derivedEventId, readDecision, successorId, timeoutEventId } from '@lapse/domain';
import { PAGE_SIZE_MAX, type EventStore, type Position, type RecordedEvent } from '@lapse/store';
import type { Derive } from '../oracle/derive.js';
import { unreadable } from '../oracle/park.js';
import type { Settings, World, WorldEvent } from '../oracle/world.js';
import { names } from './simulated-engine.js';

const utf8 = new TextDecoder();
type Json = Record<string, unknown>;

const parsed = (bytes: Uint8Array): Json | undefined => {
  try {
    return JSON.parse(utf8.decode(bytes)) as Json;
  } catch {
    return undefined;
  }
};

const atMs = (instant: unknown): number | undefined => (typeof instant === 'string' ? Date.parse(instant) : undefined);

interface StoredProof {
  readonly rule: string;
  readonly limitMinutes: number;
  readonly configVersion: number;
  readonly anchor: { readonly revision: number; readonly type: string; readonly occurredAt: string };
  readonly deadline: string;
}

const proofFrom = ({ rule, limitMinutes, configVersion, anchor, deadline }: StoredProof): Json => ({
  rule,
  limitMinutes,
  configVersion,
  anchor: { revision: anchor.revision, type: anchor.type, atMs: Date.parse(anchor.occurredAt) },
  deadlineAtMs: Date.parse(deadline),
});

/** A stored event as the oracle reads one. `foreign`: a stranger wrote it. */
const worldEvent = (recorded: RecordedEvent, foreign: boolean): WorldEvent => {
  const { id, type, revision } = recorded;
  const data = parsed(recorded.data);
  const metadata = parsed(recorded.metadata) ?? {};
  const { occurredAt, proof, ...rest } = data ?? {};
  const claimedAtMs = atMs(metadata['claimedOccurredAt']);
  const noticedAtMs = atMs(metadata['noticedAt']);
  return {
    id,
    type,
    revision,
    position: Number(recorded.position),
    occurredAtMs: atMs(occurredAt) ?? 0,
    data: proof === undefined ? rest : { ...rest, proof: proofFrom(proof as StoredProof) },
    readable: data !== undefined,
    schemaNewer: Number(metadata['schemaVersion'] ?? 1) > 1,
    foreign,
    ...(claimedAtMs === undefined ? {} : { claimedAtMs }),
    ...(noticedAtMs === undefined ? {} : { noticedAtMs }),
  };
};

/** Every event of the log, in its order. Of the log itself, past every fault. */
export const wholeLog = async (disk: EventStore): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  let after: Position | 'start' = 'start';
  for (;;) {
    const page = await disk.readAll({ after, maxCount: PAGE_SIZE_MAX });
    for (let i = 0; i < page.size; i++) events.push(page.event(i));
    if (page.atEnd) return events;
    after = page.scannedTo;
  }
};

export const placeOf = (stream: string, revision: number): string => `${stream}@${revision}`;

/** The places of events that operators have left out, with the position of that decision. */
const skipsIn = (log: readonly RecordedEvent[]): ReadonlyMap<string, number> => {
  const skips = new Map<string, number>();
  for (const recorded of log) {
    if (names.read(recorded.stream).kind !== 'operations') continue;
    const target = recorded.stream.slice(names.prefixes.operations.length);
    const decision = readDecision(recorded, target);
    if (decision?.type === 'stream-skipped')
      skips.set(placeOf(target, decision.data.revision), Number(recorded.position));
  }
  return skips;
};

/** An event that would park its stream and was left out behind it in the log is like one of an unknown type (D11). */
const withSkip = (event: WorldEvent, skippedAt: number | undefined): WorldEvent =>
  skippedAt === undefined || skippedAt < event.position || unreadable(event) === null
    ? event
    : { ...event, type: '(skipped)', readable: true, schemaNewer: false };

/** The log as the oracle judges it; `strangers` holds the places of what others wrote. */
export const worldFrom = (log: readonly RecordedEvent[], settings: Settings, strangers: ReadonlySet<string>): World => {
  const sessions: Record<string, WorldEvent[]> = {};
  const merchants: Record<string, WorldEvent[]> = {};
  const skips = skipsIn(log);
  for (const recorded of log) {
    const { stream, revision } = recorded;
    if (names.read(stream).kind === 'operations') continue;
    const isMerchant = stream.startsWith(names.prefixes.merchant);
    const home = isMerchant ? merchants : sessions;
    const key = isMerchant ? stream.slice(names.prefixes.merchant.length) : stream;
    (home[key] ??= []).push(
      withSkip(worldEvent(recorded, strangers.has(placeOf(stream, revision))), skips.get(placeOf(stream, revision))),
    );
  }
  return { settings, merchants, sessions };
};

/** The engine's own derivations, for the oracle to name things by. */
export const engineDerive: Derive = (kind, name, at) => {
  switch (kind) {
    case 'timeout':
      return timeoutEventId(name, at);
    case 'successor':
      return names.session(successorId(name.slice(names.prefixes.session.length), at));
    default:
      return derivedEventId(kind, name);
  }
};
