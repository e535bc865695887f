import { configured, merchantParked, pinEvent, versionAt } from './config.js';
import type { Derive } from './derive.js';
import type { Fate } from './fate-of.js';
import type { World } from './world.js';
import { fateIn, sessionEvents, withSessionEvents } from './world.js';

/** The merchant that a session belongs to, from its `opened`. */
export function merchantOf(world: World, stream: string): string {
  return String(sessionEvents(world, stream)[0]!.data['merchantId']);
}

/** Can the session not be pinned, because its merchant's own stream is parked? */
export function merchantBlocks(world: World, stream: string): boolean {
  return fateIn(world, stream).state === 'unpinned' && merchantParked(world, merchantOf(world, stream));
}

/**
 * Gives a bare `opened` the config that was in force at its place in the log, and rolls a merchant out for it where that
 * is due. Sessions with a pin, closed and parked ones stay as they are: a pin is never written behind a `closed`.
 */
export function pinned(world: World, stream: string, nowMs: number, derive: Derive): World {
  if (fateIn(world, stream).state !== 'unpinned') return world;
  const opened = sessionEvents(world, stream)[0]!;
  const merchantId = merchantOf(world, stream);
  const ready = configured(world, merchantId, nowMs, derive);
  const version = versionAt(ready, merchantId, opened.position);
  return withSessionEvents(ready, stream, [pinEvent(stream, version, opened.occurredAtMs, derive)]);
}

/**
 * Has an open session lapsed, for an event that happened at `happenedAtMs` and is received at `nowMs`? Yes when a late
 * event latched it; when the event happened after the deadline (D6); when it is received after the deadline and the grace
 * (D7). A sweep asks for an event that happens at no time (minus infinity): it waits as long as the grace.
 */
export function hasLapsed(fate: Fate, happenedAtMs: number, nowMs: number, closeGraceMs: number): boolean {
  if (fate.clock === null) return false;
  if (fate.latched) return true;
  const { deadlineAtMs } = fate.clock;
  if (deadlineAtMs === null) return false;
  return happenedAtMs > deadlineAtMs || nowMs > deadlineAtMs + closeGraceMs;
}

/** Writes the close of an open session, with the deadline as its time: the reason is the rule, the proof complete. */
export function withTimeoutClose(world: World, stream: string, nowMs: number, derive: Derive): World {
  const { clock } = fateIn(world, stream);
  const proof = clock?.proof;
  if (proof === undefined || proof === null) throw new Error('only a session with a deadline can lapse');
  return withSessionEvents(world, stream, [
    {
      id: derive('timeout', stream, proof.anchor.revision),
      type: 'closed',
      occurredAtMs: proof.deadlineAtMs,
      data: { reason: proof.rule, proof },
      noticedAtMs: nowMs,
    },
  ]);
}

/** A world, and the same world with nothing new in it but the closes that were due. */
export interface Settled {
  readonly world: World;
  readonly closesOnly: World;
}

/**
 * Makes a session ready to hear an event: pinned, and closed if it has lapsed for that event. `closesOnly` is `before`
 * unless a close was due; a pin alone does not outlive a refusal.
 */
export function settled(before: Settled, stream: string, happenedAtMs: number, nowMs: number, derive: Derive): Settled {
  const world = pinned(before.world, stream, nowMs, derive);
  const lapsed = hasLapsed(fateIn(world, stream), happenedAtMs, nowMs, world.settings.closeGraceMs);
  if (!lapsed) return { ...before, world };
  const closed = withTimeoutClose(world, stream, nowMs, derive);
  return { world: closed, closesOnly: closed };
}
