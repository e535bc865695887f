import type { Derive } from './derive.js';
import { fateOf } from './fate-of.js';
import type { Violation } from './violation.js';
import { sameData } from './known-ids.js';
import type { Rule } from './records.js';
import { RULES } from './records.js';
import type { World, WorldEvent } from './world.js';
import { fateIn, sessionEvents } from './world.js';

/** A close that Lapse's sweep or command path wrote because a rule ran out. */
function isTimeout(event: WorldEvent): boolean {
  return event.type === 'closed' && event.foreign !== true && RULES.includes(event.data['reason'] as Rule);
}

/** What is wrong with one timeout close, found from the events before it alone. */
function timeoutViolations(world: World, stream: string, event: WorldEvent, derive: Derive): Violation[] {
  const before = fateOf({ stream, events: sessionEvents(world, stream).slice(0, event.revision) });
  const proof = before.clock?.proof ?? null;
  const at = `at revision ${event.revision}`;
  if (before.state !== 'open' || proof === null)
    return [{ promise: 'close-right', stream, what: `${at}: no rule could run out, the session was ${before.state}` }];
  const found: Violation[] = [];
  const expect = (right: boolean, promise: Violation['promise'], what: string) => {
    if (!right) found.push({ promise, stream, what: `${at}: ${what}` });
  };
  const told = JSON.stringify(event.data['proof']);
  expect(event.data['reason'] === proof.rule, 'close-right', `${proof.rule} ran, not ${String(event.data['reason'])}`);
  expect(event.occurredAtMs === proof.deadlineAtMs, 'close-right', `the deadline was ${proof.deadlineAtMs}`);
  expect(sameData(event.data['proof'], proof), 'close-right', `proof ${told}, due ${JSON.stringify(proof)}`);
  expect(event.id === derive('timeout', stream, proof.anchor.revision), 'close-right', `id ${event.id}`);
  expect(event.occurredAtMs >= proof.deadlineAtMs, 'close-early', `before ${proof.deadlineAtMs}`);
  const noticedInTime = event.noticedAtMs === undefined || event.noticedAtMs > proof.deadlineAtMs;
  expect(before.latched || noticedInTime, 'close-early', `noticed at ${String(event.noticedAtMs)}`);
  return found;
}

/** At most one close of Lapse's own writing, nothing of its writing behind the close that counts, each timeout right. */
export function closeViolations(world: World, stream: string, derive: Derive): Violation[] {
  const log = sessionEvents(world, stream);
  const { close } = fateIn(world, stream);
  const own = log.filter((event) => event.type === 'closed' && event.foreign !== true);
  const behind = log.filter((event) => close !== null && event.revision > close.revision && event.foreign !== true);
  const lost = own.filter((event) => event.revision !== close?.revision);
  return [
    ...(own.length > 1 ? [{ promise: 'one-close', stream, what: `${own.length} closes` } as const] : []),
    ...lost.map((event) => ({ promise: 'one-close', stream, what: `${event.revision} does not count` }) as const),
    ...behind.map((event) => ({ promise: 'close-last', stream, what: `${event.type} at ${event.revision}` }) as const),
    ...log.filter(isTimeout).flatMap((event) => timeoutViolations(world, stream, event, derive)),
  ];
}
