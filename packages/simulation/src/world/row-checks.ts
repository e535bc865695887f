import { deadlineOf, type SessionState } from '@lapse/domain';
import type { Fate } from '../oracle/fate-of.js';
import { fateIn, type World } from '../oracle/world.js';
import type { Failure } from './failure.js';
import { names } from './simulated-engine.js';
import type { Stage } from './stage.js';

/** What the oracle and a row must agree on, in one line. */
export const saidByOracle = (fate: Fate): string => {
  const { clock, close, parked } = fate;
  const isOpen = parked === null && fate.state === 'open';
  return JSON.stringify([
    parked === null ? fate.state : 'parked',
    isOpen ? [clock?.rule, clock?.anchor.revision, clock?.anchor.atMs, clock?.deadlineAtMs ?? null] : null,
    isOpen && fate.latched,
    isOpen ? fate.waitingSinceMs : null,
    close === null ? null : [close.revision, close.reason, close.countedAtMs],
  ]);
};

export const saidByRow = (state: SessionState): string => {
  const { close, parked } = state;
  const isOpen = parked === undefined && state.status === 'open';
  return JSON.stringify([
    parked === undefined ? state.status : 'parked',
    isOpen ? [state.rule, state.anchorRevision, state.anchorAtMs, deadlineOf(state) ?? null] : null,
    isOpen && state.latched,
    isOpen ? (state.waitingSinceMs ?? null) : null,
    close === undefined ? null : [close.revision, close.reason, close.atMs],
  ]);
};

/** The rows of every engine that runs, against the oracle's reading of the log. */
export const rowFailures = ({ engines }: Stage, world: World): readonly Failure[] => {
  const streams = Object.keys(world.sessions).filter((stream) => names.read(stream).kind === 'session');
  return engines.flatMap(({ running, number }) =>
    streams.flatMap((stream): readonly Failure[] => {
      if (running === undefined) return [];
      const expected = saidByOracle(fateIn(world, stream));
      const row = running.projections.session(stream.slice(names.prefixes.session.length));
      const found = row === undefined ? 'no row' : saidByRow(row.state);
      if (found === expected) return [];
      return [{ promise: 'rows-right', stream, what: `engine ${number} has ${found}, due is ${expected}` }];
    }),
  );
};
