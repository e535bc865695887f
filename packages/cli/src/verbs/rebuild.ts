import { usageError } from '../cli-error.js';
import type { Io } from '../io.js';
import { buildBeside, dropOldRows } from './rebuild/build.js';
import { dryRun } from './rebuild/dry-run.js';
import { buildUntil } from './rebuild/past.js';
import { withRebuildPlace, type RebuildFlags, type RebuildPlace } from './rebuild/place.js';
import { rebuildStream } from './rebuild/stream.js';
import { verify } from './rebuild/verify.js';

/** `lapse rebuild`: read models built anew from the log, beside the ones that are served. */
export const rebuildVerb = async (io: Io, names: readonly string[], flags: RebuildFlags): Promise<void> => {
  checkFlags(names, flags);
  if (flags.stream !== undefined) return rebuildStream(io, flags, flags.stream);
  await withRebuildPlace(io, flags, (place) => rebuildIn(io, names, flags, place));
};

const rebuildIn = async (io: Io, names: readonly string[], flags: RebuildFlags, place: RebuildPlace): Promise<void> => {
  const only = names.length === 0 ? undefined : names;
  if (flags.until !== undefined) return buildUntil(io, flags, place, flags.until);
  if (flags.verify === true) return verify(io, flags, place, only);
  if (flags.dryRun === true) return dryRun(io, flags, place, only);
  if (only === undefined && flags.all !== true) return dropOldRows(io, flags, place);
  return buildBeside(io, flags, place, only);
};

const checkFlags = (names: readonly string[], flags: RebuildFlags): void => {
  const { all = false, until, stream, verify: verifies = false, dryRun: dry = false, dropOld = false, out } = flags;
  const isNamed = names.length > 0;
  const isApart = until !== undefined || stream !== undefined;
  const looksOnly = verifies || dry;
  const ways = [until !== undefined, stream !== undefined, verifies, dry].filter(Boolean).length;
  const wrong: readonly (readonly [boolean, string])[] = [
    [all && isNamed, 'name read models, or say --all: not both'],
    [ways > 1, '--until, --stream, --verify and --dry-run go one at a time'],
    [isApart && (isNamed || all || dropOld), '--until and --stream stand alone: one builds all of it, one a session'],
    [out !== undefined && until === undefined, '--out goes with --until'],
    [looksOnly && (dropOld || flags.park === true), '--verify and --dry-run change nothing'],
    [!isNamed && !all && !dropOld && ways === 0, 'name a read model, or say --all; --dry-run tells what it would do'],
  ];
  const found = wrong.find(([isWrong]) => isWrong);
  if (found !== undefined) throw usageError(found[1]);
};
