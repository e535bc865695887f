import type { ProjectionStatus } from '@lapse/projections';
import type { TimeoutsStatus } from '@lapse/timeouts';

/** Whether this engine can be relied on now, and what is wrong where it cannot. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ReadyCheck[];
}

export interface ReadyCheck {
  readonly name: string;
  readonly ready: boolean;
  readonly detail: string;
}

export const readinessOf = (
  projections: readonly ProjectionStatus[],
  timeouts: TimeoutsStatus,
  sweeps: boolean,
  parkedSessions = 0,
): Readiness => {
  const checks = projections.map(projectionCheck);
  if (sweeps) checks.push(sweepCheck(timeouts, parkedSessions));
  return { ready: checks.every((check) => check.ready), checks };
};

/** Parked streams are told and do no harm to the rest; a projection that does not move is an error. */
const projectionCheck = (status: ProjectionStatus): ReadyCheck => {
  const lag = status.lagEvents === undefined ? '' : `, ${status.lagEvents} events behind`;
  const parked = status.parkedStreams === 0 ? '' : `, ${status.parkedStreams} streams parked`;
  const trouble = status.lastError === undefined ? '' : `: ${status.lastError}`;
  return {
    name: `projection ${status.name}`,
    ready: status.state === 'live',
    detail: `${status.state}${lag}${parked}${trouble}`,
  };
};

/** A parked session's deadline is not forgotten: nobody knows it, and that is said. */
const sweepCheck = ({ state, pending, pinsPending }: TimeoutsStatus, parkedSessions: number): ReadyCheck => {
  const pins = pinsPending === 0 ? '' : `, ${pinsPending} sessions without limits yet`;
  const unknown = parkedSessions === 0 ? '' : `, ${parkedSessions} sessions parked, their deadlines unknown`;
  return {
    name: 'timeouts',
    ready: state === 'sweeping',
    detail: `${state}, ${pending} deadlines pending${pins}${unknown}`,
  };
};
