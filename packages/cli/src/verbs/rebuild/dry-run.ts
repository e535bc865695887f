import { existsSync } from 'node:fs';
import { estimateRebuild, openViews, type Estimate } from '@lapse/projections';
import type { Io } from '../../io.js';
import { grouped } from '../../progress.js';
import { print } from '../verb.js';
import type { RebuildFlags, RebuildPlace } from './place.js';
import { shownPlace } from './rebuild-progress.js';

/** `lapse rebuild NAME…|--all --dry-run` */
export const dryRun = async (
  io: Io,
  flags: RebuildFlags,
  { viewsFile, common }: RebuildPlace,
  only: readonly string[] | undefined,
): Promise<void> => {
  const views = existsSync(viewsFile) ? openViews({ file: viewsFile, readOnly: true }) : undefined;
  try {
    const partial = only === undefined ? {} : { only };
    const estimate = await estimateRebuild({ ...common, ...partial, views, fromZero: flags.fromZero === true });
    print(io, flags, { kind: 'estimate', ...estimate }, () => text(estimate));
  } finally {
    views?.close();
  }
};

const text = ({ names, from, to, isResumed, sampledEvents, eventsPerSecond, seconds }: Estimate): string => {
  const where = isResumed ? `goes on at position ${shownPlace(from)}` : 'begins at the start of the log';
  const pace =
    seconds === undefined || eventsPerSecond === undefined
      ? 'how long it takes cannot be told: there is nothing to fold'
      : `about ${Math.max(1, Math.ceil(seconds))} s at ${grouped(Math.round(eventsPerSecond))} events/s, measured over the first ${grouped(sampledEvents)}`;
  return [
    `would build ${names.join(', ')} beside the live rows, and swap`,
    `${where}, reads up to position ${shownPlace(to)}`,
    `${pace}; slower beside a busy server`,
    'nothing has been written',
  ].join('\n');
};
