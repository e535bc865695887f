import type { EventToAppend, RecordedEvent } from '@lapse/store';
import { mulberry32, between, oneOf } from '../oracle/random.js';
import { RULES } from '../oracle/records.js';
import type { Failure } from './failure.js';
import { wholeLog } from './log-world.js';
import type { EnginePlan, Plan } from './plan.js';
import { createStage, endWorld } from './simulated-world.js';

const MINUTE_MS = 60_000;
const KILLS_MAX = 12;
const REST_MS = 6 * 60 * MINUTE_MS;
const utf8 = new TextDecoder();

const isTimeout = ({ type, data }: RecordedEvent): boolean => {
  if (type !== 'closed') return false;
  try {
    const said = JSON.parse(utf8.decode(data)) as { reason?: unknown; proof?: unknown };
    return said.proof !== undefined && RULES.includes(said.reason as (typeof RULES)[number]);
  } catch {
    return false;
  }
};

/** All of a timeout close but when it was stored and noticed. */
const closeText = ({ id, revision, data }: RecordedEvent): string => `${id} @${revision} ${utf8.decode(data)}`;

/** By stream: the timeout close, and everything that stood before it. */
const closesOf = (log: readonly RecordedEvent[]): ReadonlyMap<string, string> =>
  new Map(log.filter(isTimeout).map((event) => [event.stream, closeText(event)]));

const enginesOf = (plan: Plan, random: () => number): readonly EnginePlan[] =>
  Array.from({ length: between(random, 1, 3) }, () => ({
    sweepIntervalMs: oneOf(random, [MINUTE_MS, 10 * MINUTE_MS, 24 * 60 * MINUTE_MS]),
    standbyDelayMs: oneOf(random, [0, 0, 7_000]),
    clockOffsetMs: Math.round((random() * 2 - 1) * plan.settings.clockSkewMs * 0.4),
    clockDriftPpm: 0,
    learnsClock: false,
    cachedSessionsMax: 1_000,
    pageSizeMax: oneOf(random, [1, 10, 2_000]),
    startsAtOnce: true,
  }));

const toAppend = ({ id, type, contentType, data, metadata }: RecordedEvent): EventToAppend => ({
  id,
  type,
  contentType,
  data,
  metadata,
});

/**
 * Promise 2: the events that were accepted in one world, written into a fresh log without the timeout closes, get the same
 * closes from other engines, which sweep at other times and die at other moments. Whatever stood behind a close is left out.
 */
export const sameClosesFailures = async (
  plan: Plan,
  log: readonly RecordedEvent[],
  playedMs: number,
): Promise<readonly Failure[]> => {
  const random = mulberry32(plan.seed + 77_777);
  const startMs = plan.startMs + playedMs;
  const stage = createStage({ ...plan, startMs, engines: enginesOf(plan, random), steps: [] });
  const { scheduler, disk, engines, owner } = stage;
  const closed = new Set<string>();
  for (const event of log) {
    if (isTimeout(event)) closed.add(event.stream);
    if (!closed.has(event.stream)) await disk.append(event.stream, [toAppend(event)], 'any');
  }
  for (const engine of engines) {
    engine.start();
    for (let kill = between(random, 0, KILLS_MAX); kill > 0; kill--) {
      scheduler.after(between(random, 0, 10 * MINUTE_MS), owner, () => {
        const die = (): void => {
          engine.kill(random() < 0.3);
          scheduler.after(MINUTE_MS, owner, () => engine.start());
        };
        if (engine.isUp) engine.killLater(between(random, 0, 6), die);
      });
    }
  }
  await scheduler.runUntil(startMs + REST_MS);
  const again = closesOf(await wholeLog(disk));
  endWorld(stage);
  return [...closesOf(log)].flatMap(([stream, close]): readonly Failure[] => {
    const other = again.get(stream) ?? 'none';
    return other === close ? [] : [{ promise: 'same-closes', stream, what: `${close}; with other engines ${other}` }];
  });
};
