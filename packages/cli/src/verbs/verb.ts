import type { Io } from '../io.js';

/** Flags that every verb on a data folder takes. */
export interface FolderFlags {
  readonly dataDir?: string;
  /** The log lies elsewhere: a connection string. */
  readonly store?: string;
  readonly json?: boolean;
}

/** Prints a result: one line of JSON for machines, text for people. */
export const print = (io: Io, flags: { readonly json?: boolean }, value: unknown, text: () => string): void =>
  io.out(`${flags.json === true ? JSON.stringify(value) : text()}\n`);
