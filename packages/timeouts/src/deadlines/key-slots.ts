/** From a row's key (a whole number from 1) to its slot: open addressing over typed arrays, 12 bytes a place. */
export class KeySlots {
  private keys = new Float64Array(FIRST_PLACES);
  private slots = new Int32Array(FIRST_PLACES);
  private count = 0;

  get size(): number {
    return this.count;
  }
  get bytes(): number {
    return this.keys.byteLength + this.slots.byteLength;
  }

  /** -1 for a key that is not there. */
  get(key: number): number {
    const place = this.find(key);
    return this.keys[place] === key ? (this.slots[place] as number) : -1;
  }

  set(key: number, slot: number): void {
    const place = this.find(key);
    if (this.keys[place] !== key) {
      if ((this.count + 1) * LOAD_DIVISOR > this.keys.length * LOAD_FACTOR) {
        this.grow();
        this.set(key, slot);
        return;
      }
      this.keys[place] = key;
      this.count++;
    }
    this.slots[place] = slot;
  }

  delete(key: number): void {
    let hole = this.find(key);
    if (this.keys[hole] !== key) return;
    this.count--;
    const mask = this.keys.length - 1;
    // What stands behind moves up where that brings it no farther from home: no tombstones, so no rebuilds either.
    for (let place = (hole + 1) & mask; this.keys[place] !== 0; place = (place + 1) & mask) {
      const home = hashOf(this.keys[place] as number) & mask;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      this.keys[hole] = this.keys[place] as number;
      this.slots[hole] = this.slots[place] as number;
      hole = place;
    }
    this.keys[hole] = 0;
  }

  /** The place of the key, or the empty one where it would stand. */
  private find(key: number): number {
    const mask = this.keys.length - 1;
    let place = hashOf(key) & mask;
    while (this.keys[place] !== 0 && this.keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const { keys, slots } = this;
    this.keys = new Float64Array(keys.length * 2);
    this.slots = new Int32Array(keys.length * 2);
    this.count = 0;
    for (let place = 0; place < keys.length; place++) {
      if (keys[place] !== 0) this.set(keys[place] as number, slots[place] as number);
    }
  }
}

const FIRST_PLACES = 1_024;
/** At most three quarters full. */
const LOAD_FACTOR = 3;
const LOAD_DIVISOR = 4;

const hashOf = (key: number): number => {
  const mixed = Math.imul((key | 0) ^ Math.imul((key / 2 ** 32) | 0, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};
