import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@lapse/store';
import type { FaultCounts } from '../faults/fault-counts.js';
import type { Failure } from '../world/failure.js';
import { wholeLog } from '../world/log-world.js';
import type { Plan } from '../world/plan.js';
import { endWorld, playWorld } from '../world/simulated-world.js';
import type { Stage } from '../world/stage.js';

/** What came of one world. */
export interface WorldReport {
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  readonly log: readonly RecordedEvent[];
  /** Of every byte of the log, times and order included: two runs of one plan give the same. */
  readonly hash: string;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly faults: FaultCounts;
  readonly acknowledged: number;
  /** Refusals by their code. */
  readonly refused: ReadonlyMap<string, number>;
  /** What the engines had to say, the newest lines of each. */
  readonly lines: readonly string[];
}

const hashOf = (log: readonly RecordedEvent[]): string => {
  const hash = createHash('sha256');
  for (const { stream, revision, id, type, storedAtMs, data, metadata } of log) {
    hash.update(JSON.stringify([stream, revision, id, type, storedAtMs]));
    hash.update(data);
    hash.update(metadata);
  }
  return hash.digest('hex');
};

const countStrangers = ({ plan, counts }: Stage): void => {
  const sent = new Set<string>();
  for (const step of plan.steps) {
    if (step.do === 'stranger') {
      const [event] = step.events;
      const isBad = event?.broken === true || event?.newer === true;
      counts.count(
        isBad
          ? 'unreadable event'
          : event?.type === 'opened'
            ? 'bare opening by a stranger'
            : 'other event by a stranger',
      );
    }
    if (step.do !== 'send') continue;
    const { id } = step.events[0] ?? { id: '' };
    if (sent.has(id)) counts.count('message sent again later');
    sent.add(id);
    const claimedMs = step.events[0]?.occurredAtMs ?? step.atMs;
    if (claimedMs > step.atMs) counts.count('message from a clock ahead');
    if (claimedMs < step.atMs - 60_000) counts.count('message long after it happened');
  }
};

/** Plays a world from its plan alone and says what was wrong with it. A world that throws is one that failed. */
export const runWorld = async (plan: Plan): Promise<WorldReport> => {
  const stage = await playWorld(plan);
  countStrangers(stage);
  const log = await wholeLog(stage.disk);
  endWorld(stage);
  return {
    plan,
    failures: stage.failures,
    log,
    hash: hashOf(log),
    simulatedMs: stage.scheduler.nowMs - plan.startMs,
    steps: stage.scheduler.steps,
    faults: stage.counts,
    acknowledged: stage.ledger.acknowledged.length,
    refused: stage.ledger.codes,
    lines: stage.engines.flatMap(({ lines }) => lines),
  };
};
