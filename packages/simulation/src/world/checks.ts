import type { RecordedEvent } from '@lapse/store';
import { invariants, type InvariantOptions } from '../oracle/invariants.js';
import { fateIn, type World } from '../oracle/world.js';
import type { Failure } from './failure.js';
import { engineDerive, wholeLog, worldFrom } from './log-world.js';
import { rowFailures } from './row-checks.js';
import { rebuildFailures } from './rebuild-check.js';
import type { Stage } from './stage.js';

/** How long after a deadline and its grace a close may still be on its way in a mended world. */
const SWEEP_SLACK_MS = 5 * 60_000;

const worldOf = ({ plan, strangers }: Stage, log: readonly RecordedEvent[]): World =>
  worldFrom(log, plan.settings, strangers);

/** What the log must say at any moment. */
export const checkNow = (stage: Stage, log: readonly RecordedEvent[]): readonly Failure[] => {
  const { acknowledged } = stage.ledger;
  const world = worldOf(stage, log);
  return [...logFailures(world, { acknowledged, derive: engineDerive }), ...pinFailures(stage, world)];
};

/** Two that run beside each other may get either config (D14). A bare opening has its place in the log, and one config there. */
export const logFailures = (world: World, options: InvariantOptions): readonly Failure[] => {
  const mayHaveRaced = (stream: string): boolean => world.sessions[stream]?.[0]?.foreign !== true;
  return [
    ...invariants(world, options).filter(({ promise, stream }) => promise !== 'pin-raced' || !mayHaveRaced(stream)),
    ...lateFailures(world),
  ];
};

/** An opening that set off after a change was acknowledged gets that change, or a newer one (D14). */
export const pinFailures = ({ ledger }: Pick<Stage, 'ledger'>, world: World): readonly Failure[] =>
  Object.entries(world.sessions).flatMap(([stream, events]): readonly Failure[] => {
    const due = ledger.configDue.get(events[0]?.id ?? '');
    const { pin } = fateIn(world, stream);
    if (due === undefined || pin === null || events[0]?.foreign === true) return [];
    const revision = pin.merchantRevision ?? -1;
    if (revision >= due) return [];
    return [{ promise: 'pin-stale', stream, what: `pinned to revision ${revision}, ${due} was acknowledged before` }];
  });

/** Lapse never appends a late event (D6): those that stand in the log are strangers'. */
const lateFailures = (world: World): readonly Failure[] =>
  Object.entries(world.sessions).flatMap(([stream, events]) =>
    fateIn(world, stream)
      .tally.late.filter((revision) => events[revision]?.foreign !== true)
      .map((revision) => ({ promise: 'late-appended', stream, what: `at revision ${revision}` }) as const),
  );

/** What the log, the rows and the engines must say when everything is mended and has been left alone. */
export const checkAtRest = async (stage: Stage): Promise<readonly Failure[]> => {
  const { plan, ledger, scheduler } = stage;
  const log = await wholeLog(stage.disk);
  const world = worldOf(stage, log);
  const slowestMs = Math.max(...plan.engines.map(({ standbyDelayMs }) => standbyDelayMs));
  const failures: Failure[] = [
    ...logFailures(world, {
      acknowledged: ledger.acknowledged,
      derive: engineDerive,
      quiescentAtMs: scheduler.nowMs - SWEEP_SLACK_MS - slowestMs,
    }),
    ...pinFailures(stage, world),
    ...refusedFailures(ledger.refusedIds(), log),
    ...liveFailures(stage),
  ];
  if (failures.length > 0) return failures;
  return [...rowFailures(stage, world), ...(await rebuildFailures(stage))];
};

export const refusedFailures = (refused: readonly string[], log: readonly RecordedEvent[]): readonly Failure[] => {
  const ids = new Set(refused);
  return log
    .filter(({ id }) => ids.has(id))
    .map(({ id, stream, revision }) => ({
      promise: 'refused-nowhere',
      stream,
      what: `${id} was refused and stands at ${revision}`,
    }));
};

const liveFailures = ({ engines }: Stage): readonly Failure[] =>
  engines.flatMap(({ running, number }) => {
    if (running === undefined) return [];
    return running.projections
      .status()
      .filter(({ state }) => state !== 'live')
      .map(({ name, state, lastError = '' }) => ({
        promise: 'read-models-live' as const,
        stream: '',
        what: `${name} of engine ${number} is ${state} at rest: ${lastError}`,
      }));
  });
