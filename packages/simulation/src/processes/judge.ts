import type { RecordedEvent } from '@lapse/store';
import { invariants } from '../oracle/invariants.js';
import type { Placed } from '../oracle/commands.js';
import { RULES, type Rule } from '../oracle/records.js';
import { fateIn, type Settings, type World } from '../oracle/world.js';
import type { Ledger } from '../traffic/ledger.js';
import { logFailures, pinFailures, refusedFailures } from '../world/checks.js';
import type { Failure } from '../world/failure.js';
import { engineDerive, worldFrom } from '../world/log-world.js';

/** A promise that was not kept by real processes. */
export interface Broken {
  readonly promise: Failure['promise'] | 'told-closed' | 'positions-whole' | 'answered-right' | 'same-log';
  readonly stream: string;
  readonly what: string;
}

/** What senders were told. */
export interface Told {
  readonly ledger: Ledger;
  readonly toldClosed: ReadonlySet<string>;
  readonly odd: readonly string[];
}

export interface JudgeOptions {
  readonly settings: Settings;
  /** By then everything that was due had been closed. Left out: nothing is asked of what is still open. */
  readonly settledMs?: number;
}

/**
 * Holds a log that real processes wrote, and what their senders were told, against the oracle: nothing lost, doubled, late or
 * refused stands there; every close is the one that the events before it give; nothing that was due is open.
 */
export const judgeLog = (log: readonly RecordedEvent[], told: Told, options: JudgeOptions): readonly Broken[] => {
  const world = worldFrom(log, options.settings, new Set());
  const { ledger, toldClosed, odd } = told;
  return [
    ...odd.map((what) => ({ promise: 'answered-right', stream: '', what }) as const),
    ...holes(log),
    ...logFailures(world, {
      derive: engineDerive,
      ...(options.settledMs === undefined ? {} : { quiescentAtMs: options.settledMs }),
    }),
    ...acknowledgedBroken(world, ledger.acknowledged),
    ...refusedFailures(ledger.refusedIds(), log),
    ...pinFailures({ ledger }, world),
    ...[...toldClosed].flatMap((sessionId) => toldClosedBroken(world, `session-${sessionId}`)),
  ];
};

/** Positions of the embedded log count from 1, revisions from 0, neither with a hole. */
const holes = (log: readonly RecordedEvent[]): readonly Broken[] => {
  const found: Broken[] = [];
  const lengths = new Map<string, number>();
  log.forEach(({ position, stream, revision }, i) => {
    const due = lengths.get(stream) ?? 0;
    lengths.set(stream, due + 1);
    if (Number(position) === i + 1 && revision === due) return;
    found.push({
      promise: 'positions-whole',
      stream,
      what: `position ${position}, revision ${revision} at place ${i}`,
    });
  });
  return found;
};

/**
 * Stream by stream: whether an answer repeats an earlier one is looked for among all that are handed over together, and there
 * may be very many.
 */
const acknowledgedBroken = (world: World, acknowledged: readonly (readonly Placed[])[]): readonly Broken[] => {
  const byStream = new Map<string, (readonly Placed[])[]>();
  for (const placed of acknowledged) {
    const stream = placed[0]?.stream ?? '';
    const group = byStream.get(stream);
    if (group === undefined) byStream.set(stream, [placed]);
    else group.push(placed);
  }
  return [...byStream].flatMap(([stream, group]) => {
    const sessions = world.sessions[stream] === undefined ? {} : { [stream]: world.sessions[stream] };
    const alone: World = { ...world, merchants: {}, sessions };
    return invariants(alone, { acknowledged: group }).filter(({ promise }) => promise.startsWith('acknowledged-'));
  });
};

const toldClosedBroken = (world: World, stream: string): readonly Broken[] => {
  if (fateIn(world, stream).close !== null) return [];
  return [{ promise: 'told-closed', stream, what: 'was called closed and has no close' }];
};

/** How long after its deadline and grace each timeout was noticed, ascending, ms. */
export const latenessMs = (log: readonly RecordedEvent[], closeGraceMs: number): readonly number[] => {
  const world = worldFrom(
    log.filter(({ type }) => type === 'closed'),
    { closeGraceMs, clockSkewMs: 0, newMerchants: 'standard' },
    new Set(),
  );
  return Object.values(world.sessions)
    .flat()
    .filter(({ data, noticedAtMs }) => RULES.includes(data['reason'] as Rule) && noticedAtMs !== undefined)
    .map(({ occurredAtMs, noticedAtMs = 0 }) => noticedAtMs - occurredAtMs - closeGraceMs)
    .sort((a, b) => a - b);
};
