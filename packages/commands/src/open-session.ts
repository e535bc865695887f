import {
  acceptedTimeMs,
  derivedEventId,
  encodeEvent,
  isUlid,
  newUlid,
  pinFromData,
  pinOf,
  refuse,
  unseen,
  type ConfigVersion,
  type LapseEvent,
  type OpenedData,
  type Refusal,
} from '@lapse/domain';
import { NO_STREAM } from '@lapse/store';
import { appendOurs } from './append-ours.js';
import { pauseBeforeRetry, type Context } from './context.js';
import { afterAppend, loadSession } from './load.js';
import { contention, versionForOpening, writeFirstVersion } from './merchant-stream.js';
import { limitsOf, pinEventId } from './pin.js';
import { inTheFuture, sessionParked } from './refusals.js';
import type { LoadedSession, WrittenEvent } from './session-cache.js';
import type { Opened, OpenSession } from './types.js';

/** Opens a session, pinned to its merchant's newest config; the same words again give the first answer again (D18). */
export const openSession = async (context: Context, command: OpenSession): Promise<Opened | Refusal> => {
  const receivedAtMs = command.receivedAtMs ?? context.nowMs();
  const sessionId = command.sessionId ?? newUlid(receivedAtMs, context.random);
  if (!isUlid(sessionId)) throw new TypeError(`${sessionId} is no ULID`);
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    // A session with an id of our own making cannot stand there yet.
    const existing = command.sessionId === undefined ? undefined : await loadSession(context, sessionId, true);
    if (existing !== undefined) return answerAgain(context, existing, command);
    const openedAtMs = acceptedTimeMs(command.occurredAtMs ?? receivedAtMs, receivedAtMs, context.settings.clockSkewMs);
    if (openedAtMs === undefined) return inTheFuture(0);
    const { merchantId } = command.data;
    const found = await versionForOpening(context, merchantId);
    if (found.kind === 'refused') return found;
    if (found.isUnwritten && !(await writeFirstVersion(context, merchantId))) continue;
    const { version } = found;
    const opened = await writeOpening(context, sessionId, command, { openedAtMs, version });
    if (opened !== undefined) return opened;
  }
  return contention(`session ${sessionId}`);
};

interface Opening {
  readonly openedAtMs: number;
  readonly version: ConfigVersion;
}

const writeOpening = async (
  context: Context,
  sessionId: string,
  command: OpenSession,
  { openedAtMs, version }: Opening,
): Promise<Opened | undefined> => {
  const stream = context.names.session(sessionId);
  const eventId = command.eventId ?? openedEventId(stream);
  const events = openingEvents(stream, eventId, command.data, openedAtMs, version);
  const claimed = command.occurredAtMs;
  const metadata = {
    ...command.trace,
    claimedOccurredAtMs: claimed === undefined || claimed === openedAtMs ? undefined : claimed,
  };
  const encoded = events.map(({ id, event }) => encodeEvent(id, event, metadata));
  const result = await appendOurs(context, stream, encoded, NO_STREAM, command.sessionId !== undefined);
  if (result === undefined) return undefined;
  afterAppend(context, emptySession(sessionId, stream), events);
  const pin = pinFromData(pinOf(command.data.merchantId, version));
  return {
    kind: 'opened',
    sessionId,
    eventId,
    openedAtMs,
    revision: events.length - 1,
    position: result.position,
    pin,
    repeated: result.repeated,
  };
};

/** `opened` and its pin, always written together. */
export const openingEvents = (
  stream: string,
  eventId: string,
  data: OpenedData,
  openedAtMs: number,
  version: ConfigVersion,
): readonly WrittenEvent[] => {
  const opened: LapseEvent = { type: 'opened', occurredAtMs: openedAtMs, data };
  const pin: LapseEvent = {
    type: 'config-version',
    occurredAtMs: openedAtMs,
    data: pinOf(data.merchantId, version),
  };
  return [
    { id: eventId, event: opened },
    { id: pinEventId(stream), event: pin },
  ];
};

/** Derived, so that opening twice with one session id is opening once. */
export const openedEventId = (stream: string): string => derivedEventId('opened', stream);

/** What a session is before its first event: the start of folding events that we have just written. */
export const emptySession = (sessionId: string, stream: string): LoadedSession => ({
  sessionId,
  stream,
  state: unseen(stream),
  ids: new Map(),
  openedRevision: 0,
  openedPosition: undefined,
  unwritten: [],
  needsFirstVersionOf: undefined,
  isFresh: true,
});

/** D18: opening an id that exists. The same sender-given fields (the time aside) are answered as the first time. */
const answerAgain = async (
  context: Context,
  existing: LoadedSession,
  command: OpenSession,
): Promise<Opened | Refusal> => {
  const { sessionId, openedRevision, state } = existing;
  if (state.parked !== undefined) return sessionParked(sessionId, state.parked);
  const first = await context.store.readStream(existing.stream, { from: openedRevision, maxCount: 2 });
  const events = first.kind === 'page' ? first.events : [];
  const storedId = events[0]?.id;
  const knownAt = command.eventId === undefined ? undefined : existing.ids.get(command.eventId);
  const isSame = sameOpening(state.opened, command.data);
  if (knownAt !== undefined && (knownAt !== openedRevision || !isSame)) {
    return refuse('event-id-reused', `event id ${command.eventId} stands in session ${sessionId} with other data`);
  }
  if (!isSame || storedId === undefined) {
    return refuse('session-exists', `session ${sessionId} exists already, opened with other words`);
  }
  // A bare opening is answered with the limits that it will be pinned to; the engine pins it in its own time.
  const pin = await limitsOf(context, existing);
  if ('code' in pin) return pin;
  const isPinnedAtOnce = events[1]?.type === 'config-version';
  return {
    kind: 'opened',
    sessionId,
    eventId: storedId,
    openedAtMs: state.openedAtMs,
    revision: isPinnedAtOnce ? openedRevision + 1 : openedRevision,
    position: (isPinnedAtOnce ? events[1] : events[0])?.position,
    pin,
    repeated: true,
  };
};

const sameOpening = (a: OpenedData | undefined, b: OpenSession['data']): boolean =>
  a !== undefined &&
  a.merchantId === b.merchantId &&
  a.openedBy === b.openedBy &&
  a.buyerId === b.buyerId &&
  a.agentId === b.agentId &&
  a.externalId === b.externalId;
