/**
 * What an entry remembers of the ids in its stream: how many there are, and where. `count` is {@link IDS_UNKNOWN} where they
 * must be read from the stream before they can be told.
 */
export interface IdsOfEntry {
  idCount: number;
  idBlock: number;
  idSet: Set<number> | undefined;
}

export const IDS_UNKNOWN = -1;
const NO_BLOCK = -1;
/** A block is the number of the one before it and seven ids. */
const BLOCK_CELLS = 8;
const BLOCK_IDS = BLOCK_CELLS - 1;
/** Up to here a look through the list is cheaper than a set. */
const LISTED_IDS_MAX = 256;
const FIRST_BLOCKS = 1_024;

export const noIds = (): IdsOfEntry => ({ idCount: 0, idBlock: NO_BLOCK, idSet: undefined });

/**
 * Which event ids each stream bears, by their last 32 bits: enough to notice that an id *may* stand twice (D18); whoever hits
 * reads the stream to know. Short lists of all sessions share one array, because an array of its own would take more than
 * the ids of most sessions; the few long ones have a set.
 */
export class KnownIds {
  private cells = new Int32Array(FIRST_BLOCKS * BLOCK_CELLS);
  private blocks = 0;
  private firstFree = NO_BLOCK;

  get bytes(): number {
    return this.cells.byteLength;
  }

  has(ids: IdsOfEntry, low32: number): boolean {
    const wanted = low32 | 0;
    if (ids.idSet !== undefined) return ids.idSet.has(wanted);
    const { cells } = this;
    let inBlock = usedInNewest(ids.idCount);
    for (let block = ids.idBlock; block !== NO_BLOCK; block = cells[block * BLOCK_CELLS] as number) {
      const first = block * BLOCK_CELLS;
      for (let i = first + 1; i <= first + inBlock; i++) if (cells[i] === wanted) return true;
      inBlock = BLOCK_IDS;
    }
    return false;
  }

  add(ids: IdsOfEntry, low32: number): void {
    if (ids.idSet === undefined && ids.idCount === LISTED_IDS_MAX) this.turnIntoSet(ids);
    if (ids.idSet === undefined) {
      const inBlock = ids.idCount % BLOCK_IDS;
      if (inBlock === 0) ids.idBlock = this.newBlock(ids.idBlock);
      this.cells[ids.idBlock * BLOCK_CELLS + 1 + inBlock] = low32;
    } else {
      ids.idSet.add(low32 | 0);
    }
    ids.idCount++;
  }

  /** Gives back what the ids took; they are unknown from here on. */
  forget(ids: IdsOfEntry): void {
    while (ids.idBlock !== NO_BLOCK) {
      const first = ids.idBlock * BLOCK_CELLS;
      const before = this.cells[first] as number;
      this.cells[first] = this.firstFree;
      this.firstFree = ids.idBlock;
      ids.idBlock = before;
    }
    ids.idSet = undefined;
    ids.idCount = IDS_UNKNOWN;
  }

  /** As bytes for a row; null where they are unknown or more than a row should carry. */
  toBytes(ids: IdsOfEntry): Uint8Array | null {
    if (ids.idCount === IDS_UNKNOWN || ids.idSet !== undefined) return null;
    return new Uint8Array(this.list(ids).buffer);
  }

  fromBytes(ids: IdsOfEntry, bytes: Uint8Array | null): void {
    if (bytes === null || bytes.byteLength % 4 !== 0) {
      this.forget(ids);
      return;
    }
    const list = new Int32Array(bytes.byteLength / 4);
    new Uint8Array(list.buffer).set(bytes);
    for (const id of list) this.add(ids, id);
  }

  /** In the order in which they were added, so that the same stream gives the same bytes. */
  private list(ids: IdsOfEntry): Int32Array {
    const list = new Int32Array(ids.idCount);
    let end = ids.idCount;
    let inBlock = usedInNewest(ids.idCount);
    for (let block = ids.idBlock; block !== NO_BLOCK; block = this.cells[block * BLOCK_CELLS] as number) {
      const first = block * BLOCK_CELLS + 1;
      list.set(this.cells.subarray(first, first + inBlock), end - inBlock);
      end -= inBlock;
      inBlock = BLOCK_IDS;
    }
    return list;
  }

  private turnIntoSet(ids: IdsOfEntry): void {
    const { idCount } = ids;
    const set = new Set(this.list(ids));
    this.forget(ids);
    ids.idSet = set;
    ids.idCount = idCount;
  }

  private newBlock(before: number): number {
    let block = this.firstFree;
    if (block === NO_BLOCK) block = this.blocks++;
    else this.firstFree = this.cells[block * BLOCK_CELLS] as number;
    if ((block + 1) * BLOCK_CELLS > this.cells.length) this.grow();
    this.cells[block * BLOCK_CELLS] = before;
    return block;
  }

  private grow(): void {
    const longer = new Int32Array(Math.ceil((this.cells.length * 1.5) / BLOCK_CELLS) * BLOCK_CELLS);
    longer.set(this.cells);
    this.cells = longer;
  }
}

const usedInNewest = (count: number): number => (count <= 0 ? 0 : ((count - 1) % BLOCK_IDS) + 1);
