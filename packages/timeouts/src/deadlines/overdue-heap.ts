/**
 * Slots that were armed for an instant which the wheel has passed already, oldest first. Few: sessions whose events came late,
 * and clocks that went backwards. Where a slot stands in here is kept by its owner.
 */
export class OverdueHeap {
  private slots = new Int32Array(64);
  private size = 0;

  constructor(
    private readonly dueOf: (slot: number) => number,
    private readonly setPlace: (slot: number, place: number) => void,
    private readonly placeOf: (slot: number) => number,
  ) {}

  get bytes(): number {
    return this.slots.byteLength;
  }

  first(): number | undefined {
    return this.size === 0 ? undefined : this.slots[0];
  }

  add(slot: number): void {
    if (this.size === this.slots.length) {
      const longer = new Int32Array(this.size * 2);
      longer.set(this.slots);
      this.slots = longer;
    }
    this.size++;
    this.rise(slot, this.size - 1);
  }

  remove(slot: number): void {
    const place = this.placeOf(slot);
    this.size--;
    const last = this.slots[this.size] as number;
    if (last === slot) return;
    this.rise(last, place);
    this.sink(last, this.placeOf(last));
  }

  private rise(slot: number, from: number): void {
    let place = from;
    const dueMs = this.dueOf(slot);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.slots[above] as number;
      if (this.dueOf(other) <= dueMs) break;
      this.put(other, place);
      place = above;
    }
    this.put(slot, place);
  }

  private sink(slot: number, from: number): void {
    let place = from;
    const dueMs = this.dueOf(slot);
    for (;;) {
      let below = place * 2 + 1;
      if (below >= this.size) break;
      const right = below + 1;
      if (right < this.size && this.dueAt(right) < this.dueAt(below)) below = right;
      if (this.dueAt(below) >= dueMs) break;
      this.put(this.slots[below] as number, place);
      place = below;
    }
    this.put(slot, place);
  }

  private dueAt(place: number): number {
    return this.dueOf(this.slots[place] as number);
  }

  private put(slot: number, place: number): void {
    this.slots[place] = slot;
    this.setPlace(slot, place);
  }
}
