import { CliError } from '../cli-error.js';
import { readConfig } from '../config.js';
import type { Io } from '../io.js';
import { checkFolder } from './doctor/check-folder.js';
import { checkServer } from './doctor/check-server.js';
import type { Finding } from './doctor/finding.js';
import { placeOf, shownPlace } from './log-at.js';
import { print, type FolderFlags } from './verb.js';

/** `lapse doctor`: what is right and what is wrong with a connection or a data folder. */
export const doctorVerb = async (io: Io, flags: FolderFlags): Promise<void> => {
  const config = readConfig(io, { dataDir: flags.dataDir, store: flags.store });
  const findings =
    config.store === undefined
      ? await checkFolder(io, config.dataDir)
      : await checkServer(io, config.store, config.clockSkewMs);
  const place = shownPlace(placeOf(config));
  const wrongs = findings.filter(({ state }) => state === 'wrong').length;
  print(io, flags, { place, ok: wrongs === 0, findings }, () => [place, ...findings.map(line)].join('\n'));
  if (wrongs > 0) throw new CliError('not-well', `${wrongs} of ${findings.length} checks found something wrong`);
};

const line = ({ check, state, detail }: Finding): string => `  ${state.padEnd(5)}  ${check.padEnd(11)}  ${detail}`;
