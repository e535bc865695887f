import { versionsOf, versionZero } from './config.js';
import type { Violation } from './violation.js';
import { sameData } from './known-ids.js';
import type { World, WorldEvent } from './world.js';
import { fateIn, sessionEvents } from './world.js';

const LIMITS = ['agentReplyMinutes', 'buyerReplyMinutes', 'queueMinutes', 'version', 'policy', 'merchantId'];

const sameLimits = (one: WorldEvent['data'], other: WorldEvent['data']) =>
  LIMITS.every((name) => sameData(one[name], other[name]));

const wrong = (stream: string, what: string): Violation[] => [{ promise: 'pin-right', stream, what }];

/** Is the pin a copy, at `opened`'s time, of the version that it names? Version 0 stands nowhere and is named null. */
function copyViolations(world: World, stream: string, opened: WorldEvent, pin: WorldEvent): Violation[] {
  const merchantId = String(opened.data['merchantId']);
  const revision = pin.data['merchantRevision'] as number | null;
  const named = versionsOf(world, merchantId).find((event) => event.revision === revision);
  if (pin.occurredAtMs !== opened.occurredAtMs) return wrong(stream, `at ${pin.occurredAtMs}`);
  if (revision !== null && named === undefined) return wrong(stream, `names revision ${revision}`);
  const source = named?.data ?? versionZero(merchantId).data;
  return sameLimits(pin.data, source) ? [] : wrong(stream, 'is no copy of what it names');
}

/** Does the pin name the version in force at `opened`'s place in the log? */
function forceViolations(world: World, stream: string, opened: WorldEvent, pin: WorldEvent): Violation[] {
  const versions = versionsOf(world, String(opened.data['merchantId']));
  const named = versions.find((event) => event.revision === pin.data['merchantRevision']);
  // A merchant without any event before this `opened`: version 0, or the first version, written for it or later.
  const first = world.settings.newMerchants === 'legacy' ? undefined : versions[0];
  const due = versions.filter((event) => event.position < opened.position).at(-1) ?? first;
  if (named?.revision === due?.revision) return [];
  const what = `names revision ${named?.revision ?? 'none'}, in force was ${due?.revision ?? 'none'}`;
  const fromLater = named !== undefined && named.position > opened.position;
  return fromLater ? wrong(stream, what) : [{ promise: 'pin-raced', stream, what }];
}

/**
 * Is the pin, if Lapse wrote it, a copy of the version that was in force at `opened`'s place in the log? Imported history
 * (policy none) is pinned to no version of the merchant. A copy of an older version is `pin-raced`: a change that ran
 * beside the open may be the reason (D14).
 */
export function pinViolations(world: World, stream: string): Violation[] {
  const log = sessionEvents(world, stream);
  const pin = log[fateIn(world, stream).pin?.revision ?? -1];
  if (pin === undefined || pin.foreign === true || pin.data['policy'] === 'none') return [];
  const wrongCopy = copyViolations(world, stream, log[0]!, pin);
  return wrongCopy.length > 0 ? wrongCopy : forceViolations(world, stream, log[0]!, pin);
}
