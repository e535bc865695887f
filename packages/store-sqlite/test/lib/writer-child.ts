// writer-child.ts FILE RUN SEED: several callers append for ever; what is tried and what is acknowledged goes to stdout.
import { createHash, randomUUID } from 'node:crypto';
import { isStoreError, NO_STREAM, type EventStore, type EventToAppend } from '@lapse/store';
import { openSqliteStore } from '@lapse/store-sqlite';

const [file = '', run = '', seed = ''] = process.argv.slice(2);
const CALLERS = 16;

const idOf = (...parts: (string | number)[]): string => {
  const hex = createHash('sha256').update(parts.join('/')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

const newEvent = (id: string): EventToAppend => ({
  id,
  type: 'happened',
  contentType: 'application/json',
  data: new TextEncoder().encode(JSON.stringify({ id, filler: 'x'.repeat(id.charCodeAt(0) * 4) })),
  metadata: new TextEncoder().encode('{}'),
});

/** A pipe takes what is written to it before the call returns: nothing said is lost by a kill. */
const say = (words: readonly unknown[]): void => {
  process.stdout.write(`${words.join(' ')}\n`);
};

const call = async (store: EventStore, caller: number): Promise<void> => {
  const stream = `run-${run}-caller-${caller}`;
  let revision = NO_STREAM;
  for (;;) {
    const ids = Array.from({ length: 1 + (revision % 3 === 0 ? 2 : 0) }, (_, i) => idOf(seed, stream, revision, i));
    say(['try', stream, revision, ids.join(',')]);
    const result = await store.append(stream, ids.map(newEvent), revision);
    if (result.kind !== 'appended') throw new Error(`${stream} has another writer`);
    revision = result.lastRevision;
    say(['ok', stream, revision, ids.join(',')]);
  }
};

const store = await openSqliteStore({
  file,
  extractFacts: () => ({ kind: 1, atMs: 0, flags: 0 }),
  nowMs: Date.now,
  newIdentity: randomUUID,
});
say(['open']);
await Promise.all(
  Array.from({ length: CALLERS }, (_, i) =>
    call(store, i).catch((error: unknown) => say(['failed', isStoreError(error) ? error.code : String(error)])),
  ),
);
say(['end']);
await store.close();
say(['closed']);
