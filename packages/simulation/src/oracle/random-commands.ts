import { answerTo } from './answer-to.js';
import type { AppendCommand, Command, OpenCommand } from './commands.js';
import type { Derive } from './derive.js';
import { symbolic } from './derive.js';
import { randomForeign } from './random-foreign.js';
import { randomGapMs } from './random-parts.js';
import { randomAppend, randomRetry } from './random-append.js';
import type { Random } from './random.js';
import { between, chance, oneOf, randomStream, randomUuid, weighted } from './random.js';
import type { Settings, World } from './world.js';
import { emptyWorld, fateIn } from './world.js';

export interface CommandOptions {
  /** Strangers write into the sessions' streams too; off by default. */
  readonly foreign?: boolean;
  /** The engine's own derivation, so that commands can address the successors that it will open. */
  readonly derive?: Derive;
}

/** Commands in the order of their receipts, which never run backwards, and the settings that they were made for. */
export interface Script {
  readonly settings: Settings;
  readonly commands: readonly Command[];
}

const MERCHANTS = ['m-1', 'm-2'];

/** The next receipt: a gap later, or just about the deadline or the end of the grace of some open session. */
function nextNowMs(random: Random, world: World, nowMs: number): number {
  const { closeGraceMs } = world.settings;
  const deadlines = Object.keys(world.sessions)
    .map((stream) => fateIn(world, stream).clock?.deadlineAtMs ?? null)
    .filter((atMs): atMs is number => atMs !== null && atMs + closeGraceMs + 1 >= nowMs);
  const gapMs = chance(random, 0.45) ? between(random, 0, 5_000) : randomGapMs(random);
  if (deadlines.length === 0 || chance(random, 0.6)) return nowMs + gapMs;
  const edges = [-1, 0, 1, closeGraceMs - 1, closeGraceMs, closeGraceMs + 1];
  return Math.max(nowMs, oneOf(random, deadlines) + oneOf(random, edges));
}

function randomOpen(random: Random, world: World, nowMs: number): OpenCommand {
  const streams = Object.keys(world.sessions);
  const exists = streams.length > 0 && chance(random, 0.2);
  const stream = exists ? oneOf(random, streams) : randomStream(random, nowMs);
  const first = exists ? world.sessions[stream]![0] : undefined;
  const time = weighted(random, { none: 3, now: 3, past: 2, skewed: 1 });
  const aheadMs = world.settings.clockSkewMs + oneOf(random, [-1, 0, 1]);
  const times = { none: undefined, now: nowMs, past: nowMs - randomGapMs(random), skewed: nowMs + aheadMs };
  const fresh = {
    merchantId: oneOf(random, MERCHANTS),
    openedBy: oneOf(random, ['buyer', 'agent', 'system']),
    buyerId: 'b',
  };
  return {
    do: 'open',
    stream,
    id: first !== undefined && chance(random, 0.5) ? first.id : randomUuid(random),
    data: first !== undefined && first.type === 'opened' && chance(random, 0.6) ? first.data : fresh,
    ...(times[time] === undefined ? {} : { occurredAtMs: times[time] }),
    nowMs,
  };
}

function randomConfig(random: Random, nowMs: number): Command {
  const common = {
    do: 'config',
    merchantId: oneOf(random, MERCHANTS),
    changedBy: { role: 'main', id: 'a-1' },
    nowMs,
  } as const;
  const minutes = oneOf<unknown>(random, [5, 20, 20, 50, 300, 360, 4, 361, 20.5, '20', null, Number.NaN, -1]);
  switch (weighted(random, { rollout: 2, change: 6, fixed: 1, revert: 3 })) {
    case 'rollout':
      return { ...common, action: 'rollout' };
    case 'change':
      return { ...common, action: 'change', values: { buyerReplyMinutes: minutes } };
    case 'fixed':
      return { ...common, action: 'change', values: { buyerReplyMinutes: minutes, queueMinutes: 60 } };
    case 'revert':
      return { ...common, action: 'revert', toVersion: between(random, 0, 4) };
  }
}

function nextCommand(random: Random, world: World, past: readonly Command[], nowMs: number, foreign: boolean): Command {
  const streams = Object.keys(world.sessions);
  const appends = past.filter((command): command is AppendCommand => command.do === 'append');
  const opens = past.filter((command): command is OpenCommand => command.do === 'open');
  const kind = weighted(random, {
    open: streams.length < 4 ? 10 : 2,
    append: 50,
    retry: 14,
    reopen: 3,
    sweep: 7,
    config: 7,
    read: 5,
    foreign: foreign ? 12 : 0,
  });
  if (kind === 'sweep') return { do: 'sweep', nowMs };
  if (kind === 'config') return randomConfig(random, nowMs);
  if (kind === 'foreign') return randomForeign(random, world, nowMs, MERCHANTS);
  if (kind === 'open' || streams.length === 0) return randomOpen(random, world, nowMs);
  if (kind === 'retry' && appends.length > 0) return randomRetry(random, oneOf(random, appends), nowMs);
  if (kind === 'reopen' && opens.length > 0) return { ...oneOf(random, opens), nowMs };
  const stream = chance(random, 0.01) ? randomStream(random, nowMs) : oneOf(random, streams);
  if (kind === 'read') return { do: 'read', stream, nowMs };
  return randomAppend(random, world, stream, nowMs);
}

/**
 * A script of `n` commands that looks for trouble: retries with the same ids (later, with `open-new`, with another
 * expectation), reused ids with other data, half-known batches, batches that cross a close or a deadline, skewed clocks
 * around what is allowed, receipts at the deadline and at the end of the grace, chains of successors, config changes of
 * every kind. It plays the script on a world of its own while it makes it, to know where the deadlines are.
 */
export function randomCommands(random: Random, n: number, options: CommandOptions = {}): Script {
  const { foreign = false, derive = symbolic } = options;
  const newMerchants = chance(random, 0.7) ? 'standard' : 'legacy';
  let world = emptyWorld({ newMerchants, closeGraceMs: oneOf(random, [5_000, 5_000, 0, 60_000]) });
  let nowMs = 1_700_000_000_000 + between(random, 0, 1_000_000_000);
  const commands: Command[] = [];
  while (commands.length < n) {
    nowMs = nextNowMs(random, world, nowMs);
    const command = nextCommand(random, world, commands, nowMs, foreign);
    commands.push(command);
    world = answerTo(world, command, derive).world;
  }
  return { settings: world.settings, commands };
}
