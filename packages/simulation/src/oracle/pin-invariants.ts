import { versionsOf, versionZero } from './config.js';
import type { Violation } from './violation.js';
import { sameData } from './known-ids.js';
import type { World, WorldEvent } from './world.js';
import { fateIn, sessionEvents } from './world.js';

const LIMITS = ['agentReplyMinutes', 'buyerReplyMinutes', 'queueMinutes', 'version', 'policy', 'merchantId'];

const sameLimits = (one: WorldEvent['data'], other: WorldEvent['data']) =>
  LIMITS.every((name) => sameData(one[name], other[name]));

/**
 * Is the pin, if Lapse wrote it, a copy of the version that was in force at `opened`'s place in the log? Imported history
 * (policy none) is pinned to no version of the merchant. A copy of an older version is `pin-raced`: a change that ran
 * beside the open may be the reason (D14).
 */
export function pinViolations(world: World, stream: string): Violation[] {
  const log = sessionEvents(world, stream);
  const opened = log[0]!;
  const pin = log[fateIn(world, stream).pin?.revision ?? -1];
  if (pin === undefined || pin.foreign === true || pin.data['policy'] === 'none') return [];
  const merchantId = String(opened.data['merchantId']);
  const wrong = (what: string): Violation[] => [{ promise: 'pin-right', stream, what }];
  if (pin.occurredAtMs !== opened.occurredAtMs)
    return wrong(`at ${pin.occurredAtMs}, opened at ${opened.occurredAtMs}`);
  const versions = versionsOf(world, merchantId);
  const before = versions.filter((event) => event.position < opened.position);
  const named = versions.find((event) => event.revision === pin.data['merchantRevision']);
  const zero = pin.data['merchantRevision'] === null;
  if (!zero && named === undefined) return wrong(`names revision ${String(pin.data['merchantRevision'])}`);
  if (!sameLimits(pin.data, named?.data ?? versionZero(merchantId).data)) return wrong('is no copy of what it names');
  // A merchant without any event before this `opened`: version 0, or the first version, written for it or later.
  const { newMerchants } = world.settings;
  const due = before.at(-1) ?? (newMerchants === 'legacy' ? undefined : versions[0]);
  if (named?.revision === due?.revision) return [];
  const what = `names revision ${named?.revision ?? 'none'}, in force was ${due?.revision ?? 'none'}`;
  if ((named?.position ?? -1) > opened.position) return wrong(what);
  return [{ promise: 'pin-raced', stream, what }];
}
