import { isSqliteError, type SqliteError } from '@lapse/sqlite';
import { ViewsError, type ViewsErrorCode } from '../errors.js';

const DELETE_IT = 'it holds nothing that the log does not: stop Lapse, delete it, start again, and it is built anew';

/** By primary result code; what is not named here is `views-unavailable`. */
const MEANINGS: Readonly<Record<string, readonly [ViewsErrorCode, string]>> = {
  SQLITE_FULL: ['disk-full', 'no space left for the read models; the rows of the last flush are still there'],
  SQLITE_CORRUPT: ['views-corrupt', `the file is damaged; ${DELETE_IT}`],
  SQLITE_NOTADB: ['views-not-a-database', 'the file is no database; move it away'],
  SQLITE_READONLY: ['views-read-only', 'the read models cannot be written to'],
  SQLITE_PERM: ['views-read-only', 'the read models may not be opened for writing'],
  SQLITE_BUSY: ['views-busy', 'another process holds the file for too long; is a second engine or a rebuild running?'],
  SQLITE_LOCKED: ['views-busy', 'another connection holds the file for too long'],
  SQLITE_MISUSE: ['views-closed', 'the read models are closed'],
};

/** What SQLite reports, for those who keep the file. */
export const viewsErrorOf = (error: SqliteError, file: string): ViewsError => {
  const [code, says] = MEANINGS[error.primaryCode] ?? ['views-unavailable', 'the read models do not answer'];
  return new ViewsError(code, `${file}: ${says} (${error.message})`, { cause: error });
};

/** Runs one synchronous piece of work against the file. Throws {@link ViewsError} for all that SQLite reports. */
export const speakingOf = <T>(file: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw isSqliteError(error) ? viewsErrorOf(error, file) : error;
  }
};
