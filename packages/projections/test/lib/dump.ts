import {
  asRepeated,
  evolveMerchant,
  fold,
  foldEventOf,
  merchantEventOf,
  readDecision,
  readEvent,
  unconfigured,
  unseen,
  wouldPark,
  type MerchantState,
  type SessionState,
  type StreamNames,
} from '@lapse/domain';
import { readWholeStream, type EventStore, type RecordedEvent } from '@lapse/store';
import type { Views } from '../../src/index.js';

/** Every row of every live read model, by table and key. */
export const dump = (views: Views): Record<string, readonly unknown[]> => {
  const tables: Record<string, readonly unknown[]> = {};
  for (const { name, generation, role } of views.generations()) {
    if (role !== 'live') continue;
    const table = `${name.replaceAll('-', '_')}_g${generation}`;
    tables[name] = views.database.prepare(`SELECT * FROM ${table} ORDER BY key`).all();
    const parked =
      'SELECT stream, revision, position, why, stored_at_ms FROM parked WHERE name = ? AND generation = ? ORDER BY stream';
    tables[`${name} parked`] = views.database.prepare(parked).all(name, generation);
  }
  return tables;
};

/** A session folded from its stream and the decisions on it alone, without any read model. */
export const foldedFrom = async (store: EventStore, names: StreamNames, stream: string): Promise<SessionState> => {
  const skips = await skipsOf(store, names, stream);
  const state = unseen(stream);
  const ids = new Set<string>();
  for await (const recorded of readWholeStream(store, stream)) {
    const { revision, id } = recorded;
    const event = foldEventOf(revision, readEvent(recorded));
    const placed = ids.has(id) ? asRepeated(event) : event;
    const isSkipped = wouldPark(state, placed) && skips.some((skip) => skip(recorded));
    fold(state, isSkipped ? { kind: 'skipped', revision } : placed);
    ids.add(id);
  }
  return state;
};

/** The same of a merchant. */
export const merchantFoldedFrom = async (
  store: EventStore,
  names: StreamNames,
  stream: string,
): Promise<MerchantState> => {
  const skips = await skipsOf(store, names, stream);
  let state = unconfigured;
  for await (const recorded of readWholeStream(store, stream)) {
    const event = merchantEventOf(recorded.revision, readEvent(recorded));
    const isSkipped = event.kind === 'unreadable' && skips.some((skip) => skip(recorded));
    state = evolveMerchant(state, isSkipped ? { kind: 'ignored', revision: recorded.revision } : event);
  }
  return state;
};

type Skip = (event: RecordedEvent) => boolean;

const skipsOf = async (store: EventStore, names: StreamNames, stream: string): Promise<readonly Skip[]> => {
  const skips: Skip[] = [];
  for await (const recorded of readWholeStream(store, names.operations(stream))) {
    const decision = readDecision(recorded, stream);
    if (decision?.type !== 'stream-skipped') continue;
    const isBehind = (event: RecordedEvent): boolean => store.comparePositions(recorded.position, event.position) > 0;
    skips.push((event) => event.revision === decision.data.revision && isBehind(event));
  }
  return skips;
};
