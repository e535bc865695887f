import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openViews, verifyRows, type RowDifference, type Verified } from '@lapse/projections';
import { cancelled, CliError } from '../../cli-error.js';
import type { Io } from '../../io.js';
import { grouped } from '../../progress.js';
import { print } from '../verb.js';
import type { RebuildFlags, RebuildPlace } from './place.js';
import { RebuildProgress, shownPlace } from './rebuild-progress.js';

/** More than anybody reads; the count goes on. */
const SHOWN_DIFFERENCES_MAX = 100;

/** `lapse rebuild NAME…|--all --verify` */
export const verify = async (
  io: Io,
  flags: RebuildFlags,
  { viewsFile, common }: RebuildPlace,
  only: readonly string[] | undefined,
): Promise<void> => {
  const live = openViews({ file: viewsFile, readOnly: true });
  const folder = mkdtempSync(join(dirname(viewsFile), 'verify-'));
  const progress = new RebuildProgress(io, flags.json === true, 'verify');
  let shown = 0;
  const onDifference = (difference: RowDifference): void => {
    if (++shown > SHOWN_DIFFERENCES_MAX) return;
    progress.finish(`verify: ${difference.projection} differs`);
    io.out(
      `${flags.json === true ? JSON.stringify({ kind: 'difference', ...difference }) : differenceText(difference)}\n`,
    );
  };
  const scratch = openViews({ file: join(folder, 'views.db') });
  try {
    const partial = only === undefined ? {} : { only };
    const options = { ...common, ...partial, live, scratch, onProgress: progress.report, onDifference };
    const verified = await verifyRows(options);
    if (verified === undefined) throw cancelled();
    progress.finish('verify: done');
    print(io, flags, { kind: 'done', ...verified }, () => summary(verified));
    const differences = verified.compared.reduce((sum, one) => sum + one.differences, 0);
    if (differences > 0) throw differs(differences, shown);
  } finally {
    scratch.close();
    rmSync(folder, { recursive: true, force: true });
    live.close();
  }
};

const differs = (differences: number, shown: number): CliError => {
  const more = shown > SHOWN_DIFFERENCES_MAX ? ` (the first ${SHOWN_DIFFERENCES_MAX} are shown)` : '';
  const message = `${grouped(differences)} fields are not what the log says${more}: lapse rebuild --all builds the rows anew`;
  return new CliError('rows-differ', message);
};

/** `sessions 01HQ… (session-01HQ…) buyer_messages: live 6, the log says 1` */
const differenceText = ({ projection, key, stream, field, live, rebuilt }: RowDifference): string => {
  const where = stream === undefined || stream === key ? '' : ` (${stream})`;
  return `${projection} ${key}${where} ${field}: live ${valueText(live)}, the log says ${valueText(rebuilt)}`;
};

const valueText = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const summary = ({ position, compared, skipped }: Verified): string =>
  [
    `compared at position ${shownPlace(position)}:`,
    ...compared.map(({ name, rows, differences }) => {
      const says = differences === 0 ? 'all as the log says' : `${grouped(differences)} fields differ`;
      return `  ${name.padEnd(18)} ${grouped(rows)} rows, ${says}`;
    }),
    ...skipped.map((name) => `  ${name.padEnd(18)} not compared: it is being built, or of another version`),
  ].join('\n');
