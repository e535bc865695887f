/**
 * Which event ids a stream bears, by their last 32 bits: enough to notice that an id *may* stand twice (D18); whoever hits
 * reads the stream to know. A plain list for the many short sessions, a set for the few long ones.
 */
export interface IdList {
  count: number;
  list: Int32Array;
  set: Set<number> | undefined;
}

const FIRST_SIZE = 8;
/** Up to here a look through the list is cheaper than a set. */
export const LISTED_IDS_MAX = 256;

export const noIds = (): IdList => ({ count: 0, list: new Int32Array(FIRST_SIZE), set: undefined });

export const hasId = (ids: IdList, low32: number): boolean => {
  const wanted = low32 | 0;
  if (ids.set !== undefined) return ids.set.has(wanted);
  const { list, count } = ids;
  for (let i = 0; i < count; i++) if (list[i] === wanted) return true;
  return false;
};

export const addId = (ids: IdList, low32: number): void => {
  const id = low32 | 0;
  if (ids.set === undefined && ids.count === LISTED_IDS_MAX) {
    ids.set = new Set(ids.list);
    ids.list = new Int32Array(0);
  }
  if (ids.set === undefined) {
    if (ids.count === ids.list.length) {
      const longer = new Int32Array(Math.min(ids.list.length * 2, LISTED_IDS_MAX));
      longer.set(ids.list);
      ids.list = longer;
    }
    ids.list[ids.count] = id;
  } else {
    ids.set.add(id);
  }
  ids.count++;
};

/** As bytes for a row; null where the stream holds more than a row should carry. */
export const bytesOfIds = (ids: IdList | undefined): Uint8Array | null =>
  ids === undefined || ids.set !== undefined ? null : new Uint8Array(ids.list.slice(0, ids.count).buffer);

export const idsOfBytes = (bytes: Uint8Array | null): IdList | undefined => {
  if (bytes === null || bytes.byteLength % 4 !== 0) return undefined;
  const count = bytes.byteLength / 4;
  const list = new Int32Array(Math.max(FIRST_SIZE, count));
  new Uint8Array(list.buffer).set(bytes);
  return { count, list, set: undefined };
};
