// writer-child.ts FILE RUN SEED: several callers append for ever; what is tried and what is acknowledged goes to stdout.
import { createHash, randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
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

/** Past the stream of the process, which may keep lines back: what is said has left this process before the call returns. */
const say = (words: readonly unknown[]): void => {
  let rest = Buffer.from(`${words.join(' ')}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
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
