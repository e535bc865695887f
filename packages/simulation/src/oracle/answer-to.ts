import type { Answered } from './append.js';
import { answerAppend } from './append.js';
import type { Command, ForeignWrite, SweepCommand } from './commands.js';
import { answerConfig } from './config.js';
import type { Derive } from './derive.js';
import { symbolic } from './derive.js';
import { answerOpen } from './open.js';
import { answerRead } from './read.js';
import { hasLapsed, merchantBlocks, pinned, withTimeoutClose } from './settle.js';
import type { World } from './world.js';
import { fateIn, withSessionEvents } from './world.js';

/** Which open sessions are due at an instant: latched, or past the deadline and the grace. */
export function isDue(world: World, stream: string, nowMs: number): boolean {
  return hasLapsed(fateIn(world, stream), Number.NEGATIVE_INFINITY, nowMs, world.settings.closeGraceMs);
}

function answerSweep(world: World, command: SweepCommand, derive: Derive): Answered {
  let after = world;
  for (const stream of Object.keys(world.sessions)) {
    // A parked session, or one whose merchant is parked, stops nobody else.
    if (merchantBlocks(after, stream)) continue;
    after = pinned(after, stream, command.nowMs, derive);
    if (isDue(after, stream, command.nowMs)) after = withTimeoutClose(after, stream, command.nowMs, derive);
  }
  return { answer: { ok: true, placed: [] }, world: after };
}

function writeForeign(world: World, command: ForeignWrite): Answered {
  const { stream, id, type, data, occurredAtMs, readable = true, schemaNewer = false } = command;
  const event = { id, type, data, occurredAtMs, readable, schemaNewer, foreign: true };
  return { answer: { ok: true, placed: [] }, world: withSessionEvents(world, stream, [event]) };
}

/**
 * What Lapse answers to one command, and the logs afterwards, for commands that come one after another. Nothing is read
 * but the world, the command and the settings in it; the given world stays as it is.
 *
 * - `open`, `append`: see `answerOpen` and `answerAppend`; the order of refusals is theirs.
 * - `sweep`: every bare `opened` gets its pin, every session that is due its close; latched ones at once, the others when
 *   the deadline and the grace have passed. The answer is always a success.
 * - `config`: see `answerConfig`.
 * - `read`: see `answerRead`; writes nothing, ever.
 * - `foreign`: a stranger's event, put at the stream's end without a question.
 */
export function answerTo(world: World, command: Command, derive: Derive = symbolic): Answered {
  switch (command.do) {
    case 'open':
      return answerOpen(world, command, derive);
    case 'append':
      return answerAppend(world, command, derive);
    case 'sweep':
      return answerSweep(world, command, derive);
    case 'config':
      return answerConfig(world, command, derive);
    case 'read':
      return answerRead(world, command, derive);
    case 'foreign':
      return writeForeign(world, command);
  }
}
