import { existsSync } from 'node:fs';
import { parseInstant } from '@lapse/domain';
import { buildPast, followedPrefixes, openViews, placeAt, type Place, type Until } from '@lapse/projections';
import type { Position } from '@lapse/store';
import { cancelled, CliError, usageError } from '../../cli-error.js';
import type { Io } from '../../io.js';
import { grouped } from '../../progress.js';
import { print } from '../verb.js';
import type { RebuildFlags, RebuildPlace } from './place.js';
import { RebuildProgress, shownPlace } from './rebuild-progress.js';

const POSITION = /^\d+(\/\d+)?$/;

/** `lapse rebuild --until POSITION|INSTANT --out FILE` */
export const buildUntil = async (
  io: Io,
  flags: RebuildFlags,
  { common }: RebuildPlace,
  until: string,
): Promise<void> => {
  const file = flags.out;
  if (file === undefined) throw usageError('--until builds a file of its own: name it with --out');
  const to = await placeAt(common.store, followedPrefixes(common.names), untilOf(until), common.signal);
  if (existsSync(file)) checkOwn(file, common.projectors.length);
  const views = openViews({ file });
  const progress = new RebuildProgress(io, flags.json === true, `until ${until}`);
  try {
    const record = await buildPast({ ...common, views, to, parks: flags.park === true, onProgress: progress.report });
    if (record === undefined) {
      progress.finish('stopped behind a page; the same command goes on');
      throw cancelled();
    }
    progress.finish('done');
    const tables = views.inRole('live').map(({ name, generation }) => `${name.replaceAll('-', '_')}_g${generation}`);
    const result = { kind: 'done', file, position: to, events: record.events, parked: record.parked, tables };
    print(io, flags, result, () => summary(file, to, record.events, tables));
  } finally {
    views.close();
  }
};

const summary = (file: string, to: Place, events: number, tables: readonly string[]): string =>
  [
    `${file}: every read model as it was at position ${shownPlace(to)}, from ${grouped(events)} events`,
    `look with any SQLite: sqlite3 -readonly ${file} "SELECT status, count(*) FROM ${tables.find((table) => table.startsWith('sessions'))} GROUP BY status"`,
  ].join('\n');

const untilOf = (text: string): Until => {
  if (POSITION.test(text)) return { position: text as Position };
  const atMs = parseInstant(text);
  if (atMs !== undefined) return { atMs };
  throw usageError(`--until ${text} is neither a position nor an instant such as 2026-03-01T10:00:00Z`);
};

/** Nobody's live read models are to be taken for a file of the past. */
const checkOwn = (file: string, projectors: number): void => {
  const views = openViews({ file, readOnly: true });
  const live = views.inRole('live').length;
  views.close();
  if (live > projectors) throw new CliError('file-exists', `${file} holds read models already: name another file`);
};
