import {
  currentVersion,
  decideMerchant,
  derivedEventId,
  encodeEvent,
  evolveMerchant,
  firstVersion,
  merchantEventOf,
  newUlid,
  readEvent,
  refuse,
  standardPolicy,
  unconfigured,
  uuidFromUlid,
  versionFromEvent,
  versionZero,
  type ConfigData,
  type ConfigVersion,
  type MerchantState,
  type Parked,
  type Refusal,
} from '@lapse/domain';
import { NO_STREAM, readWholeStream, type EventToAppend, type Position, type RecordedEvent } from '@lapse/store';
import { pauseBeforeRetry, type Context } from './context.js';
import { Skips } from './decisions.js';
import type { Configured, ConfigureMerchant, MerchantReading, Trace } from './types.js';

/** How many of a merchant's newest events are read at once; one is enough unless others wrote unknown types behind it. */
const NEWEST_EVENTS_PAGE = 8;

/** A config version, and whether it must be written first: a merchant's first one, which nobody has written yet (D16). */
export interface FoundVersion {
  readonly kind: 'found';
  readonly version: ConfigVersion;
  readonly isUnwritten: boolean;
}

/**
 * The version that a session which opens now is pinned to (D14): the newest in the merchant's stream, read from the store
 * each time. A merchant that nobody configured gets its first version, or stays on version 0 (D16). Writes nothing.
 */
export const versionForOpening = async (context: Context, merchantId: string): Promise<FoundVersion | Refusal> => {
  const newest = await newestVersion(context, merchantId, () => true);
  return foundVersion(newest) ?? versionOfNewMerchant(context, merchantId);
};

/**
 * The version that was in force at a place in the log, for a session that somebody opened there without a pin. Before the
 * merchant's first event that is version 1 (`standard`) or version 0 (`legacy`). Writes nothing.
 */
export const versionInForceAt = async (
  context: Context,
  merchantId: string,
  position: Position,
): Promise<FoundVersion | Refusal> => {
  const isBefore = (event: RecordedEvent): boolean => context.store.comparePositions(event.position, position) < 0;
  const inForce = foundVersion(await newestVersion(context, merchantId, isBefore));
  if (inForce !== undefined || context.settings.newMerchants === 'legacy') {
    return inForce ?? versionOfNewMerchant(context, merchantId);
  }
  const state = await readMerchantState(context, merchantId);
  if (state.parked !== undefined) return merchantParked(merchantId, state.parked);
  return foundVersion(state.versions[0]) ?? versionOfNewMerchant(context, merchantId);
};

const foundVersion = (version: ConfigVersion | Refusal | undefined): FoundVersion | Refusal | undefined =>
  version === undefined || 'code' in version ? version : { kind: 'found', version, isUnwritten: false };

/** D16 */
const versionOfNewMerchant = (context: Context, merchantId: string): FoundVersion =>
  context.settings.newMerchants === 'legacy'
    ? { kind: 'found', version: versionZero, isUnwritten: false }
    : { kind: 'found', version: versionFromEvent(firstVersion({ merchantId }), 0), isUnwritten: true };

/** Reads backwards to the newest `config-version` that `counts`; `undefined` for none, a refusal where it cannot be read. */
const newestVersion = async (
  context: Context,
  merchantId: string,
  counts: (event: RecordedEvent) => boolean,
): Promise<ConfigVersion | Refusal | undefined> => {
  const stream = context.names.merchant(merchantId);
  const skips = new Skips(context, stream);
  let from: number | 'end' = 'end';
  for (;;) {
    const page = await context.store.readStream(stream, {
      direction: 'backwards',
      from,
      maxCount: NEWEST_EVENTS_PAGE,
    });
    if (page.kind === 'no-stream') return undefined;
    for (const recorded of page.events) {
      if (!counts(recorded)) continue;
      const read = readEvent(recorded);
      if (read.kind === 'unreadable' && !(await skips.has(recorded))) {
        return merchantParked(merchantId, { revision: recorded.revision, why: read.why });
      }
      if (read.kind === 'event' && read.event.type === 'config-version') {
        return versionFromEvent(read.event.data, recorded.revision);
      }
    }
    const oldest = page.events.at(-1);
    if (page.atEnd || oldest === undefined || oldest.revision === 0) return undefined;
    from = oldest.revision - 1;
  }
};

/** Writes a merchant's first version (D16); false where somebody else has written its first event meanwhile. */
export const writeFirstVersion = async (context: Context, merchantId: string): Promise<boolean> => {
  const stream = context.names.merchant(merchantId);
  const data = firstVersion({ merchantId });
  const event = encodeConfig(derivedEventId('first-version', stream), data, context.nowMs(), {});
  const result = await context.store.append(stream, [event], NO_STREAM);
  return result.kind === 'appended';
};

const encodeConfig = (id: string, data: ConfigData, occurredAtMs: number, trace: Trace): EventToAppend =>
  encodeEvent(id, { type: 'config-version', occurredAtMs, data }, trace);

/** Changes a merchant's config (D12, D13, D16); the events carry the time of receipt. */
export const configureMerchant = async (
  context: Context,
  { merchantId, command, by, trace = {} }: ConfigureMerchant,
): Promise<Configured | Refusal> => {
  const stream = context.names.merchant(merchantId);
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    const nowMs = context.nowMs();
    const state = await readMerchantState(context, merchantId);
    const { newMerchants } = context.settings;
    const decision = decideMerchant(state, command, { merchantId, newMerchants, changedBy: by });
    if (decision.kind === 'refused') return decision;
    const { events } = decision;
    const encoded = events.map((data) => encodeConfig(newEventId(context, nowMs), data, nowMs, trace));
    const result = await context.store.append(stream, encoded, state.revision);
    if (result.kind === 'wrong-revision') continue;
    const after = events.reduce(
      (folded, data): MerchantState =>
        evolveMerchant(folded, { kind: 'config-version', revision: folded.revision + 1, data }),
      state,
    );
    return {
      kind: 'configured',
      current: currentVersion(after),
      changed: events.length > 0,
      revision: after.revision,
      position: result.position,
    };
  }
  return contention(`the config of merchant ${merchantId}`);
};

export const newEventId = (context: Context, nowMs: number): string => uuidFromUlid(newUlid(nowMs, context.random));

export const readMerchant = async (context: Context, merchantId: string): Promise<MerchantReading | Refusal> => {
  const state = await readMerchantState(context, merchantId);
  if (state.parked !== undefined) return merchantParked(merchantId, state.parked);
  const isNew = state.versions.length === 0 && context.settings.newMerchants === 'standard';
  const current = isNew
    ? { ...standardPolicy(), version: 1, merchantRevision: null, data: undefined }
    : currentVersion(state);
  return { merchantId, state, current };
};

/** The whole of a merchant's stream, without the events that were skipped. */
export const readMerchantState = async (context: Context, merchantId: string): Promise<MerchantState> => {
  const stream = context.names.merchant(merchantId);
  const skips = new Skips(context, stream);
  let state = unconfigured;
  for await (const recorded of readWholeStream(context.store, stream)) {
    const { revision } = recorded;
    const event = merchantEventOf(revision, readEvent(recorded));
    const isLeftOut = event.kind === 'unreadable' && (await skips.has(recorded));
    state = evolveMerchant(state, isLeftOut ? { kind: 'ignored', revision } : event);
  }
  return state;
};

const merchantParked = (merchantId: string, { revision, why }: Parked): Refusal =>
  refuse('stream-parked', `the stream of merchant ${merchantId} is parked at revision ${revision}: ${why}`);

export const contention = (what: string): Refusal =>
  refuse('contention', `too many writers at once on ${what}: nothing was written, try again`);
