import { asRepeated, foldAll, foldEventOf, readEvent, type FoldEvent, type SessionState } from '@lapse/domain';
import { readWholeStream, type EventStore } from '@lapse/store';
import type { Views } from '../../src/index.js';

/** Every row of every live read model, by table and key. */
export const dump = (views: Views): Record<string, readonly unknown[]> => {
  const tables: Record<string, readonly unknown[]> = {};
  for (const { name, generation, role } of views.generations()) {
    if (role !== 'live') continue;
    const table = `${name.replaceAll('-', '_')}_g${generation}`;
    tables[name] = views.database.prepare(`SELECT * FROM ${table} ORDER BY key`).all();
    const parked =
      'SELECT stream, revision, position, why FROM parked WHERE name = ? AND generation = ? ORDER BY stream';
    tables[`${name} parked`] = views.database.prepare(parked).all(name, generation);
  }
  return tables;
};

/** A session folded from its stream alone, without any read model. */
export const foldedFrom = async (store: EventStore, stream: string): Promise<SessionState> => {
  const events: FoldEvent[] = [];
  const ids = new Set<string>();
  for await (const recorded of readWholeStream(store, stream)) {
    const { revision, id } = recorded;
    const event = foldEventOf(revision, readEvent(recorded));
    events.push(ids.has(id) ? asRepeated(event) : event);
    ids.add(id);
  }
  return foldAll(stream, events);
};
