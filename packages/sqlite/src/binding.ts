/**
 * The one place that knows which SQLite is loaded. Node brings its own from 22.13 on; for older ones there is a package
 * with the same API and prebuilt binaries. Only what both have is named here, and what they do the same.
 */
import { createRequire } from 'node:module';

export type SqliteInput = number | bigint | string | null | Uint8Array;

export interface RawStatement {
  run(...parameters: SqliteInput[]): { changes: number | bigint };
  get(...parameters: SqliteInput[]): unknown;
  all(...parameters: SqliteInput[]): unknown[];
  iterate(...parameters: SqliteInput[]): IterableIterator<unknown>;
  /** Node 22.13 to 22.15 lack it. */
  setReturnArrays?(enabled: boolean): void;
}

export interface RawDatabase {
  exec(sql: string): void;
  prepare(sql: string): RawStatement;
  close(): void;
}

export interface Binding {
  readonly DatabaseSync: new (file: string, options: { readonly readOnly: boolean }) => RawDatabase;
}

export interface LoadedBinding {
  readonly name: 'node:sqlite' | '@photostructure/sqlite';
  readonly binding: Binding;
}

/** Node says at the first load that its SQLite is experimental: known, decided, and noise on an operator's terminal. */
const withoutSqliteWarning = <T>(load: () => T): T => {
  const emit = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  const emitWarning = process.emitWarning.bind(process) as (...words: unknown[]) => void;
  process.emitWarning = (...words: unknown[]): void => {
    if (!String(words[0]).startsWith('SQLite is an experimental feature')) emitWarning(...words);
  };
  try {
    return load();
  } finally {
    if (emit === undefined) Reflect.deleteProperty(process, 'emitWarning');
    else Object.defineProperty(process, 'emitWarning', emit);
  }
};

let loaded: LoadedBinding | undefined;

/** Loads the binding at the first call, the same one for the rest of the process. */
export const loadBinding = (): LoadedBinding => {
  loaded ??= load();
  return loaded;
};

const load = (): LoadedBinding => {
  const builtIn = withoutSqliteWarning(() => process.getBuiltinModule?.('node:sqlite')) as Binding | undefined;
  if (builtIn !== undefined) return { name: 'node:sqlite', binding: builtIn };
  const binding: Binding = createRequire(import.meta.url)('@photostructure/sqlite');
  return { name: '@photostructure/sqlite', binding };
};
