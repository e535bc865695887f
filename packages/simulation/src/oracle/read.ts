import type { Answered } from './append.js';
import type { ReadCommand, View } from './commands.js';
import type { Derive } from './derive.js';
import { toldClose } from './send-one.js';
import { merchantBlocks, pinned } from './settle.js';
import type { World } from './world.js';
import { fateIn } from './world.js';

/**
 * What a reader sees at an instant (D20). A session whose deadline has passed (strictly, D1), or that a late event
 * latched, is `lapsed` with nothing remaining, and shows the close that will be written: `provisional` as long as an event
 * in time may still come, which after a latch it may not.
 */
function viewOf(world: World, stream: string, nowMs: number): View {
  const fate = fateIn(world, stream);
  const quiet = { rule: null, deadlineAtMs: null, remainingMs: null, waitingSinceMs: null, closeToCome: null };
  if (fate.state === 'closed') {
    return { state: 'closed', ...quiet, close: toldClose(world, stream), provisional: false };
  }
  const clock = fate.clock;
  if (clock === null) return { state: 'unpinned', ...quiet, close: null, provisional: false };
  const { rule, deadlineAtMs } = clock;
  const lapsed = fate.latched || (deadlineAtMs !== null && nowMs > deadlineAtMs);
  const inGrace = deadlineAtMs !== null && nowMs <= deadlineAtMs + world.settings.closeGraceMs;
  return {
    state: lapsed ? 'lapsed' : 'open',
    rule,
    deadlineAtMs,
    remainingMs: deadlineAtMs === null ? null : lapsed ? 0 : deadlineAtMs - nowMs,
    waitingSinceMs: fate.waitingSinceMs,
    close: null,
    closeToCome: lapsed ? clock.proof : null,
    provisional: lapsed && !fate.latched && inGrace,
  };
}

/** A read writes nothing. A bare `opened` is shown with the pin that it will get. */
export function answerRead(world: World, command: ReadCommand, derive: Derive): Answered {
  const { stream, nowMs } = command;
  const { state } = fateIn(world, stream);
  if (state === 'parked') return { answer: { ok: false, code: 'stream-parked' }, world };
  if (state === 'missing') return { answer: { ok: false, code: 'no-such-session' }, world };
  const seen = merchantBlocks(world, stream) ? world : pinned(world, stream, nowMs, derive);
  return { answer: { ok: true, placed: [], view: viewOf(seen, stream, nowMs) }, world };
}
