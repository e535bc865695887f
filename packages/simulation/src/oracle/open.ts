import type { Answered } from './append.js';
import { inTheFuture, writtenTime } from './append.js';
import type { Answer, OpenCommand } from './commands.js';
import { configured, currentVersion, merchantParked, pinEvent } from './config.js';
import type { Derive } from './derive.js';
import { sameData } from './known-ids.js';
import type { World } from './world.js';
import { fateIn, sessionEvents, withSessionEvents } from './world.js';

/** What an existing session answers to an `open`: ids first, then the same fields again, then `session-exists`. */
function answerExisting(world: World, command: OpenCommand): Answer {
  const events = sessionEvents(world, command.stream);
  const bearer = events.find((event) => event.id === command.id);
  const same = (event: { type: string; data: unknown }) =>
    event.type === 'opened' && sameData(event.data, command.data);
  if (bearer !== undefined && !same(bearer)) return { ok: false, code: 'event-id-reused', index: 0 };
  const first = bearer ?? events[0]!;
  if (!same(first)) return { ok: false, code: 'session-exists' };
  return { ok: true, placed: [{ id: first.id, stream: command.stream, revision: first.revision }] };
}

/**
 * Opens a session: `opened` and its copy of the merchant's newest config in one append (D14), after writing the first
 * version of a merchant whom nobody configured (D16). Opening an id that exists with the same sender-given fields
 * (`occurredAt` and the event's own id aside) gives the first answer again, in whatever state the session is; with others
 * it is refused. An event id that the stream knows with another type or other data is refused before that (D18).
 */
export function answerOpen(world: World, command: OpenCommand, derive: Derive): Answered {
  const { stream, nowMs } = command;
  const merchantId = String(command.data['merchantId']);
  const { state } = fateIn(world, stream);
  if (state === 'parked') return { answer: { ok: false, code: 'stream-parked' }, world };
  if (state !== 'missing') return { answer: answerExisting(world, command), world };
  if (merchantParked(world, merchantId)) return { answer: { ok: false, code: 'stream-parked' }, world };
  if (inTheFuture(command.occurredAtMs, nowMs, world.settings.clockSkewMs))
    return { answer: { ok: false, code: 'in-the-future', index: 0 }, world };
  const ready = configured(world, merchantId, nowMs, derive);
  const time = writtenTime(command.occurredAtMs, nowMs);
  const opened = { id: command.id, type: 'opened', data: command.data, ...time };
  const pin = pinEvent(stream, currentVersion(ready, merchantId), time.occurredAtMs, derive);
  const after = withSessionEvents(ready, stream, [opened, pin]);
  return { answer: { ok: true, placed: [{ id: command.id, stream, revision: 0 }] }, world: after };
}
