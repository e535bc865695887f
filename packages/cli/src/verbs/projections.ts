import { projectionsAnswer, type ProjectionsAnswer, type RebuildState } from '@lapse/api';
import type { Io } from '../io.js';
import { grouped } from '../progress.js';
import { withService } from '../service/with-service.js';
import { print, type FolderFlags } from './verb.js';

/** `lapse projections`: how far every read model is. */
export const projectionsVerb = (io: Io, flags: FolderFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const answer = await service.get('/v1/projections', projectionsAnswer);
    print(io, flags, answer, () => answer.projections.map(line).join('\n'));
  });

/** `sessions@1  live  at 1204000  0 events, 0 s behind` */
const line = (projection: ProjectionsAnswer['projections'][number]): string => {
  const { name, version, state, position, lagEvents, lagSeconds, parkedStreams, lastError } = projection;
  const behind = lagEvents === null ? 'lag unknown' : `${grouped(lagEvents)} events`;
  const seconds = lagSeconds === null ? '' : `, ${Math.round(lagSeconds)} s`;
  const parked = parkedStreams === 0 ? '' : `  ${grouped(parkedStreams)} streams parked`;
  const trouble = lastError === null ? '' : `  ${lastError}`;
  const { rebuild } = projection;
  const beside = rebuild === null ? '' : `\n  rebuild of ${rebuildText(rebuild)}`;
  return `${`${name}@${version}`.padEnd(24)}  ${state.padEnd(11)}  at ${position ?? 'start'}  ${behind}${seconds} behind${parked}${trouble}${beside}`;
};

/** `sessions, merchants: building, at 1 204 000 of 5 000 000, 24%, 812 000 events/s, eta 5 s` */
const rebuildText = (rebuild: RebuildState): string => {
  const { names, state, position, target, percent, eventsPerSecond, etaSeconds, parkedStreams, error } = rebuild;
  return [
    `${names.join(', ')}: ${state}`,
    `at ${position ?? 'start'} of ${target ?? 'start'}`,
    ...(percent === null ? [] : [`${Math.floor(percent)}%`]),
    ...(eventsPerSecond === null ? [] : [`${grouped(Math.round(eventsPerSecond))} events/s`]),
    ...(etaSeconds === null ? [] : [`eta ${Math.ceil(etaSeconds)} s`]),
    ...(parkedStreams === 0 ? [] : [`${grouped(parkedStreams)} streams parked`]),
    ...(error === null ? [] : [error]),
    ...(state === 'interrupted' ? ['the same command goes on'] : []),
  ].join(', ');
};
