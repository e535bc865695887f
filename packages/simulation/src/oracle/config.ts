import type { Answer, ConfigCommand } from './commands.js';
import type { Derive } from './derive.js';
import { unreadable } from './park.js';
import type { NewEvent, World, WorldEvent } from './world.js';
import { merchantEvents, withMerchantEvent } from './world.js';

type Data = Readonly<Record<string, unknown>>;

/** By whom Lapse itself writes a merchant's first version, and version 0's copies. */
const BY_LAPSE = { role: 'system', id: 'lapse' };

/** One version of a merchant's config: its data, and where it came from (null: the legacy policy, which stands nowhere). */
export interface Version {
  readonly data: Data;
  readonly merchantRevision: number | null;
}

/** Version 0: the legacy policy of a merchant who was not rolled out. */
export function versionZero(merchantId: string): Version {
  const limits = { agentReplyMinutes: 4320, buyerReplyMinutes: 20, queueMinutes: null };
  const data = { merchantId, version: 0, policy: 'legacy', ...limits, why: 'rollout', changedBy: BY_LAPSE };
  return { data, merchantRevision: null };
}

/** Version 1: what a roll-out writes, the standard policy with the default limit. */
function versionOne(merchantId: string, changedBy: Data): Data {
  const limits = { agentReplyMinutes: 360, buyerReplyMinutes: 20, queueMinutes: 1440 };
  return { merchantId, version: 1, policy: 'standard', ...limits, why: 'rollout', changedBy };
}

/** An unreadable version parks the merchant's stream as it would a session's. */
export function merchantParked(world: World, merchantId: string): boolean {
  return merchantEvents(world, merchantId).some((event) => unreadable(event) !== null);
}

/** A merchant's versions in the order of the log. */
export function versionsOf(world: World, merchantId: string): readonly WorldEvent[] {
  return merchantEvents(world, merchantId).filter((event) => event.type === 'config-version');
}

const asVersion = (event: WorldEvent): Version => ({ data: event.data, merchantRevision: event.revision });

/** The config in force now; version 0 when the merchant has no event. */
export function currentVersion(world: World, merchantId: string): Version {
  const newest = versionsOf(world, merchantId).at(-1);
  return newest === undefined ? versionZero(merchantId) : asVersion(newest);
}

/**
 * D16: a merchant whom nobody configured is rolled out by the first valid command that needs its config, where new
 * merchants get the standard policy; where they get the legacy policy nothing is written.
 */
export function configured(world: World, merchantId: string, nowMs: number, derive: Derive): World {
  if (world.settings.newMerchants === 'legacy' || versionsOf(world, merchantId).length > 0) return world;
  return withMerchantEvent(world, merchantId, rolloutEvent(merchantId, BY_LAPSE, nowMs, derive));
}

function rolloutEvent(merchantId: string, changedBy: Data, nowMs: number, derive: Derive): NewEvent {
  const data = versionOne(merchantId, changedBy);
  return { id: derive('rollout', merchantId, 0), type: 'config-version', occurredAtMs: nowMs, data };
}

/**
 * The version that a bare `opened` gets: the newest that stood before it in the log, whatever came later. Before the
 * merchant's first event: that first event (version 1) with the standard policy for new merchants, else version 0.
 * Under the standard policy the merchant must have been {@link configured} before.
 */
export function versionAt(world: World, merchantId: string, position: number): Version {
  const versions = versionsOf(world, merchantId);
  const before = versions.filter((event) => event.position < position).at(-1);
  if (before !== undefined) return asVersion(before);
  const first = versions[0];
  return world.settings.newMerchants === 'legacy' || first === undefined ? versionZero(merchantId) : asVersion(first);
}

/** A session's copy of a version. It carries `opened`'s time and names the revision that it was copied from. */
export function pinEvent(stream: string, version: Version, openedAtMs: number, derive: Derive): NewEvent {
  const data = { ...version.data, merchantRevision: version.merchantRevision };
  return { id: derive('pin', stream, 0), type: 'config-version', occurredAtMs: openedAtMs, data };
}

function acceptable(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 5 && value <= 360;
}

/** Why a command is refused, in the settled order; null when it is valid. */
function refusal(world: World, command: ConfigCommand): Answer | null {
  const { action, merchantId, values = {} } = command;
  const fixed = ['agentReplyMinutes', 'queueMinutes'].some((name) => Object.hasOwn(values, name));
  const zero = world.settings.newMerchants === 'legacy' && versionsOf(world, merchantId).length === 0;
  if (merchantParked(world, merchantId)) return { ok: false, code: 'stream-parked' };
  if (action === 'rollout') return null;
  if (action === 'change' && fixed) return { ok: false, code: 'fixed-by-platform' };
  if (action === 'change' && !acceptable(values['buyerReplyMinutes'])) return { ok: false, code: 'bad-value' };
  if (zero) return { ok: false, code: 'not-rolled-out' };
  if (action === 'revert' && limitOfVersion(world, command) === undefined)
    return { ok: false, code: 'no-such-version' };
  return null;
}

/** The buyer-silent limit of the version to go back to. An unconfigured merchant is about to have version 1. */
function limitOfVersion(world: World, command: ConfigCommand): unknown {
  const versions = versionsOf(world, command.merchantId);
  const known = versions.length > 0 ? versions.map((event) => event.data) : [versionOne(command.merchantId, BY_LAPSE)];
  return known.find((data) => data['version'] === command.toVersion)?.['buyerReplyMinutes'];
}

/**
 * A roll-out, a change or going back (D12, D13, D16). A refused command writes nothing. A second roll-out, the value that
 * is in force already, and going back to it write no version; the answer names the version in force either way.
 */
export function answerConfig(world: World, command: ConfigCommand, derive: Derive): { answer: Answer; world: World } {
  const refused = refusal(world, command);
  if (refused !== null) return { answer: refused, world };
  const { action, merchantId, changedBy, nowMs } = command;
  const inForce = (after: World) => Number(currentVersion(after, merchantId).data['version']);
  const done = (after: World) => ({ answer: { ok: true, placed: [], version: inForce(after) } as const, world: after });
  if (action === 'rollout') {
    if (versionsOf(world, merchantId).length > 0) return done(world);
    return done(withMerchantEvent(world, merchantId, rolloutEvent(merchantId, changedBy, nowMs, derive)));
  }
  const ready = configured(world, merchantId, nowMs, derive);
  const current = currentVersion(ready, merchantId).data;
  const minutes = action === 'change' ? command.values?.['buyerReplyMinutes'] : limitOfVersion(ready, command);
  if (minutes === current['buyerReplyMinutes']) return done(ready);
  const version = Number(current['version']) + 1;
  const data = { ...current, version, buyerReplyMinutes: minutes, why: action, changedBy };
  const id = derive('config', merchantId, merchantEvents(ready, merchantId).length);
  return done(withMerchantEvent(ready, merchantId, { id, type: 'config-version', occurredAtMs: nowMs, data }));
}
