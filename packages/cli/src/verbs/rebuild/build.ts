import { dropOld, openViews, rebuild, type RebuildOutcome } from '@lapse/projections';
import { cancelled } from '../../cli-error.js';
import type { Io } from '../../io.js';
import { grouped } from '../../progress.js';
import { print } from '../verb.js';
import type { RebuildFlags, RebuildPlace } from './place.js';
import { RebuildProgress, shownPlace } from './rebuild-progress.js';

/** `lapse rebuild NAME…|--all` */
export const buildBeside = async (
  io: Io,
  flags: RebuildFlags,
  { viewsFile, common }: RebuildPlace,
  only: readonly string[] | undefined,
): Promise<void> => {
  const views = openViews({ file: viewsFile, beside: true });
  const progress = new RebuildProgress(io, flags.json === true, 'rebuild');
  try {
    const outcome = await rebuild({
      ...common,
      views,
      ...(only === undefined ? {} : { only }),
      fromZero: flags.fromZero === true,
      parks: flags.park === true,
      onProgress: progress.report,
    });
    progress.finish(
      outcome.kind === 'stopped' ? 'rebuild: stopped behind a page; the same command goes on' : 'rebuild: done',
    );
    if (outcome.kind === 'stopped') throw cancelled();
    const dropped = flags.dropOld === true ? views.transaction(() => dropOld(views)) : [];
    print(io, flags, { kind: 'done', ...resultOf(outcome), dropped: dropped.length }, () => summary(outcome, flags));
  } finally {
    views.close();
  }
};

const resultOf = ({ kind, record, isResumed, generations, position }: RebuildOutcome): object => ({
  outcome: kind,
  names: record.names,
  generations,
  position,
  resumed: isResumed,
  events: record.events,
  seconds: record.workedMs / 1000,
  parked: record.parked,
});

const summary = ({ kind, record, isResumed, generations, position }: RebuildOutcome, flags: RebuildFlags): string => {
  const seconds = record.workedMs / 1000;
  const rate = seconds > 0 ? `, ${grouped(Math.round(record.events / seconds))} events/s` : '';
  const runs = isResumed ? ' (over several runs)' : '';
  const live = kind === 'taken-over' ? 'live in the running server' : 'live';
  return [
    `${generations.join(', ')}: ${live} at position ${shownPlace(position)}`,
    `${grouped(record.events)} events folded in ${seconds.toFixed(1)} s${runs}${rate}, ${grouped(record.parked)} streams parked`,
    flags.dropOld === true
      ? 'the rows before are dropped'
      : 'the rows before are kept until the next rebuild: lapse rebuild --drop-old',
  ].join('\n');
};

/** `lapse rebuild --drop-old` */
export const dropOldRows = (io: Io, flags: RebuildFlags, { viewsFile }: RebuildPlace): void => {
  const views = openViews({ file: viewsFile, beside: true });
  try {
    const dropped = views.transaction(() => dropOld(views)).map(({ name, generation }) => `${name}@${generation}`);
    print(io, flags, { dropped }, () =>
      dropped.length === 0 ? 'there are no old rows' : `dropped ${dropped.join(', ')}`,
    );
  } finally {
    views.close();
  }
};
