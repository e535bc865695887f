import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@lapse/store';
import { seededRandom } from '@lapse/store/contract';
import { Child } from './lib/child.js';
import { everything } from './lib/everything.js';
import { newEvent, TempStores } from './lib/temp-store.js';

const KILLS = 12;
const SEED = 20;

interface Try {
  readonly stream: string;
  readonly revision: number;
  readonly ids: readonly string[];
}

let stores: TempStores;
beforeEach(() => {
  stores = new TempStores();
});
afterEach(() => stores.dispose());

const parsed = (line: string): Try => {
  const [, stream = '', revision = '', ids = ''] = line.split(' ');
  return { stream, revision: Number(revision), ids: ids.split(',') };
};

/** Positions and revisions without gaps, no id twice. Compared by hand: an `expect` for each event would take minutes. */
const unsound = (events: readonly RecordedEvent[]): string[] => {
  const next = new Map<string, number>();
  const wrong: string[] = [];
  for (const [i, { position, stream, revision }] of events.entries()) {
    if (position !== String(i + 1)) wrong.push(`position ${position} in place ${i + 1}`);
    if (revision !== (next.get(stream) ?? 0)) wrong.push(`${stream}: revision ${revision} out of order`);
    next.set(stream, revision + 1);
  }
  if (new Set(events.map(({ id }) => id)).size !== events.length) wrong.push('an id stands twice');
  return wrong;
};

const missing = (events: readonly RecordedEvent[], acknowledged: readonly Try[]): Try[] => {
  const idAt = new Map(events.map(({ stream, revision, id }) => [`${stream}@${revision}`, id]));
  return acknowledged.filter(({ stream, revision, ids }) =>
    ids.some((id, i) => idAt.get(`${stream}@${revision - ids.length + 1 + i}`) !== id),
  );
};

describe('a writer that is killed (kill -9)', () => {
  it(`keeps every acknowledged append exactly once, ${KILLS} times over (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const acknowledged: Try[] = [];
    for (let run = 0; run < KILLS; run += 1) {
      const child = new Child('writer-child.ts', [stores.file, String(run), String(SEED)]);
      expect(await child.line()).toBe('open');
      const lines: string[] = [];
      const patience = Math.floor(random() * 2000);
      while (lines.length < patience) lines.push(await child.line());
      lines.push(...(await child.kill()));
      expect(lines.filter((line) => line.startsWith('failed'))).toEqual([]);

      const ok = lines.filter((line) => line.startsWith('ok ')).map(parsed);
      const answered = new Set(ok.map(({ ids }) => ids[0]));
      const unanswered = lines
        .filter((line) => line.startsWith('try '))
        .map(parsed)
        .filter(({ ids }) => !answered.has(ids[0]));
      acknowledged.push(...ok);

      const store = await stores.write();
      const events = await everything(store);
      expect(unsound(events)).toEqual([]);
      expect(missing(events, acknowledged)).toEqual([]);
      // What was not answered is there as a whole or not at all, and sending it again makes it be there once.
      for (const { stream, revision, ids } of unanswered) {
        const again = ids.map((id) => newEvent({ id }));
        const result = await store.append(stream, again, revision);
        expect(result).toMatchObject({ kind: 'appended', lastRevision: revision + ids.length });
        acknowledged.push({ stream, revision: revision + ids.length, ids });
      }
      await store.close();
    }
    const last = await everything(await stores.write());
    expect(unsound(last)).toEqual([]);
    expect(missing(last, acknowledged)).toEqual([]);
    expect(last).toHaveLength(acknowledged.flatMap(({ ids }) => ids).length);
  }, 300_000);
});

describe('a writer whose disk refuses to take more', () => {
  it('fails the appends with a clear code, goes on living, and has lost nothing that it acknowledged', async () => {
    await (await stores.write()).close();
    // Blocks of 512 bytes: a write beyond the limit fails as it does on a broken disk.
    const child = new Child('writer-child.ts', [stores.file, 'full', '1'], 'ulimit -f 2000; exec "$@"');
    const lines: string[] = [];
    while (lines.at(-1) !== 'closed') lines.push(await child.line());
    const failures = lines.filter((line) => line.startsWith('failed'));
    expect(failures).toHaveLength(16);
    for (const failure of failures) expect(failure).toMatch(/^failed (append-ambiguous|store-unavailable|disk-full)$/);
    const ok = lines.filter((line) => line.startsWith('ok ')).map(parsed);
    expect(ok.length).toBeGreaterThan(0);
    const events = await everything(await stores.write());
    expect(unsound(events)).toEqual([]);
    expect(missing(events, ok)).toEqual([]);
  });
});
