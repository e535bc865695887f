import { projectionsAnswer, type ProjectionsAnswer } from '@lapse/api';
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
  return `${`${name}@${version}`.padEnd(24)}  ${state.padEnd(11)}  at ${position ?? 'start'}  ${behind}${seconds} behind${parked}${trouble}`;
};
