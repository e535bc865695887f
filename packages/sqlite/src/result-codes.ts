/** Names of SQLite's result codes (https://sqlite.org/rescode.html): a number says nothing to whoever reads a log. */

const PRIMARY = [
  'OK',
  'ERROR',
  'INTERNAL',
  'PERM',
  'ABORT',
  'BUSY',
  'LOCKED',
  'NOMEM',
  'READONLY',
  'INTERRUPT',
  'IOERR',
  'CORRUPT',
  'NOTFOUND',
  'FULL',
  'CANTOPEN',
  'PROTOCOL',
  'EMPTY',
  'SCHEMA',
  'TOOBIG',
  'CONSTRAINT',
  'MISMATCH',
  'MISUSE',
  'NOLFS',
  'AUTH',
  'FORMAT',
  'RANGE',
  'NOTADB',
  'NOTICE',
  'WARNING',
];

/** By primary code: the names of extended codes 1, 2, 3 … An empty word is a number that SQLite left out. */
const EXTENDED: Readonly<Record<string, string>> = {
  ERROR: 'MISSING_COLLSEQ RETRY SNAPSHOT',
  ABORT: ' ROLLBACK',
  BUSY: 'RECOVERY SNAPSHOT TIMEOUT',
  LOCKED: 'SHAREDCACHE VTAB',
  READONLY: 'RECOVERY CANTLOCK ROLLBACK DBMOVED CANTINIT DIRECTORY',
  IOERR:
    'READ SHORT_READ WRITE FSYNC DIR_FSYNC TRUNCATE FSTAT UNLOCK RDLOCK DELETE BLOCKED NOMEM ACCESS CHECKRESERVEDLOCK ' +
    'LOCK CLOSE DIR_CLOSE SHMOPEN SHMSIZE SHMLOCK SHMMAP SEEK DELETE_NOENT MMAP GETTEMPPATH CONVPATH VNODE AUTH ' +
    'BEGIN_ATOMIC COMMIT_ATOMIC ROLLBACK_ATOMIC DATA CORRUPTFS IN_PAGE',
  CORRUPT: 'VTAB SEQUENCE INDEX',
  CANTOPEN: 'NOTEMPDIR ISDIR FULLPATH CONVPATH DIRTYWAL SYMLINK',
  CONSTRAINT: 'CHECK COMMITHOOK FOREIGNKEY FUNCTION NOTNULL PRIMARYKEY TRIGGER UNIQUE VTAB ROWID PINNED DATATYPE',
};

/** `2067` → `SQLITE_CONSTRAINT_UNIQUE`; an extended code that is not known here gives the name of its primary code. */
export const resultCodeName = (code: number): string => {
  const primary = PRIMARY[code & 0xff];
  if (primary === undefined) return `SQLITE_${code}`;
  const extended = EXTENDED[primary]?.split(' ')[(code >> 8) - 1];
  return extended === undefined || extended === '' ? `SQLITE_${primary}` : `SQLITE_${primary}_${extended}`;
};

/** What SQLite says where it has nothing special to say. */
const STANDARD_MESSAGES: Readonly<Record<string, string>> = {
  'access permission denied': 'PERM',
  'query aborted': 'ABORT',
  'database is locked': 'BUSY',
  'database table is locked': 'LOCKED',
  'out of memory': 'NOMEM',
  'attempt to write a readonly database': 'READONLY',
  interrupted: 'INTERRUPT',
  'disk I/O error': 'IOERR',
  'database disk image is malformed': 'CORRUPT',
  'database or disk is full': 'FULL',
  'unable to open database file': 'CANTOPEN',
  'locking protocol': 'PROTOCOL',
  'string or blob too big': 'TOOBIG',
  'file is not a database': 'NOTADB',
};

/** The primary code behind a message, for the calls where a binding gives no number. */
export const resultCodeOfMessage = (message: string): string => `SQLITE_${STANDARD_MESSAGES[message] ?? 'ERROR'}`;
