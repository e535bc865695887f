import type { Answer, AppendCommand, SentEvent } from './commands.js';
import type { Derive } from './derive.js';
import { answerByIds, chainOf } from './known-ids.js';
import type { Outcome } from './send-one.js';
import { sendOne, toldClose } from './send-one.js';
import { merchantBlocks } from './settle.js';
import type { NewEvent, World } from './world.js';
import { fateIn, sessionEvents } from './world.js';

/** An answer and the logs after it. */
export interface Answered {
  readonly answer: Answer;
  readonly world: World;
}

/** Is the claimed time further ahead of the receipt than the skew that is allowed (D8)? */
export function inTheFuture(occurredAtMs: number | undefined, nowMs: number, clockSkewMs: number): boolean {
  return occurredAtMs !== undefined && occurredAtMs > nowMs + clockSkewMs;
}

/**
 * The time that is written (D8, D17): left out, it is the receipt; ahead of the receipt, it is the receipt and the claim
 * is kept beside it; otherwise it is as given, however long ago.
 */
export function writtenTime(
  occurredAtMs: number | undefined,
  nowMs: number,
): { occurredAtMs: number; claimedAtMs?: number } {
  if (occurredAtMs === undefined) return { occurredAtMs: nowMs };
  return occurredAtMs > nowMs ? { occurredAtMs: nowMs, claimedAtMs: occurredAtMs } : { occurredAtMs };
}

const finalEvent = (event: SentEvent, nowMs: number): NewEvent => ({
  id: event.id,
  type: event.type,
  data: event.data,
  ...writtenTime(event.occurredAtMs, nowMs),
});

/** `stream-parked` comes before everything: the addressed session's, and any successor's that the command may reach. */
function parkedInReach(world: World, command: AppendCommand, derive: Derive): boolean {
  const follows = command.onClosed === 'open-new' && command.events.some((event) => event.type !== 'closed');
  const reach = follows ? chainOf(world, command.stream, derive) : [command.stream];
  return reach.some((stream) => fateIn(world, stream).state === 'parked') || merchantBlocks(world, command.stream);
}

/**
 * Sends the batch's events one by one at the same receipt. All must go where the first goes; the first that does not
 * refuses the batch. `world` of a refusal holds nothing new but the closes that were due before the first event.
 */
function sendAll(world: World, command: AppendCommand, derive: Derive): Answered & { into: Outcome } {
  const { stream, events, onClosed, nowMs } = command;
  const one = (before: World, event: SentEvent) =>
    sendOne(before, stream, finalEvent(event, nowMs), onClosed, nowMs, derive);
  const into = one(world, events[0]!);
  const refused = (answer: Answer) => ({ answer, world: into.closesOnly, into });
  const closed = (index: number) =>
    refused({ ok: false, code: 'session-closed', index, close: toldClose(into.closesOnly, stream) });
  if (into.kind === 'stream-parked') return refused({ ok: false, code: 'stream-parked' });
  if (into.kind === 'session-closed') return closed(0);
  let sent = into.world;
  for (let index = 1; index < events.length; index += 1) {
    const crosses = refused({ ok: false, code: 'batch-crosses-close', index });
    if (events[index - 1]!.type === 'closed') return crosses;
    const next = one(sent, events[index]!);
    // The first went to a successor, and this automated one may not: it is refused as it would be alone.
    if (next.kind === 'session-closed' && into.stream !== stream) return closed(index);
    if (next.kind !== into.kind || next.stream !== into.stream) return crosses;
    sent = next.world;
  }
  if (into.kind === 'nothing-to-do')
    return { answer: { ok: true, placed: [], close: toldClose(sent, stream) }, world: sent, into };
  const log = sessionEvents(sent, into.stream);
  const placed = log.slice(-events.length).map(({ id, revision }) => ({ id, stream: into.stream, revision }));
  return { answer: { ok: true, placed }, world: sent, into };
}

/**
 * One event or a batch, in the settled order (D18): parked, ids, existence, future (of any event), lapse (also inside the
 * batch), and at last `expectedRevision`, which is compared only when the addressed session is written to, with the
 * revision it has then: after the pin that a bare `opened` gets first.
 */
export function answerAppend(world: World, command: AppendCommand, derive: Derive): Answered {
  const { stream, events, nowMs, expectedRevision } = command;
  if (parkedInReach(world, command, derive)) return { answer: { ok: false, code: 'stream-parked' }, world };
  const byIds = answerByIds(world, command, derive);
  if (byIds !== null) return { answer: byIds, world };
  if (fateIn(world, stream).state === 'missing') return { answer: { ok: false, code: 'no-such-session' }, world };
  const { clockSkewMs } = world.settings;
  const ahead = events.findIndex((event) => inTheFuture(event.occurredAtMs, nowMs, clockSkewMs));
  if (ahead !== -1) return { answer: { ok: false, code: 'in-the-future', index: ahead }, world };
  const { answer, world: after, into } = sendAll(world, command, derive);
  if (answer.ok && into.kind === 'written' && into.stream === stream && expectedRevision !== undefined) {
    const revision = answer.placed[0]!.revision - 1;
    if (revision !== expectedRevision) return { answer: { ok: false, code: 'wrong-revision', revision }, world };
  }
  return { answer, world: after };
}
