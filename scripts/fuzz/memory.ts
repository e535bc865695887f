/** Megabytes of the heap after a collection, at three moments. */
export interface MemorySeen {
  readonly heapMb: { readonly start: number; readonly warm: number; readonly end: number };
  readonly rssMb: { readonly end: number };
}

/** So many batches until caches and compiled code are what they will be. */
const WARM_BATCHES = 30;
/** The least of so many looks in a row: one look may fall on work that is under way. */
const LOOKS = 8;
/** Far more than a cache that fills late needs, far less than a leak of one object an input shows in a night. */
const GROWTH_MAX = 1.5;
const SPARE_MB = 48;

const BYTES_PER_MB = 1_048_576;

/** Watches the heap from batch to batch. */
export class Memory {
  private looks = 0;
  private readonly last: number[] = [];
  private readonly startMb = this.heapMb();
  private warmMb = 0;
  private rssMb = 0;

  get seen(): MemorySeen {
    const end = Math.round(this.last.length === 0 ? this.startMb : Math.min(...this.last));
    return {
      heapMb: { start: Math.round(this.startMb), warm: Math.round(this.warmMb), end },
      rssMb: { end: Math.round(this.rssMb) },
    };
  }

  /** What is wrong, if the heap has grown too far. */
  look(): string | undefined {
    this.looks += 1;
    this.rssMb = process.memoryUsage.rss() / BYTES_PER_MB;
    this.last.push(this.heapMb());
    if (this.last.length > LOOKS) this.last.shift();
    const nowMb = Math.min(...this.last);
    if (this.looks <= WARM_BATCHES) {
      this.warmMb = nowMb;
      return undefined;
    }
    const mayBeMb = this.warmMb * GROWTH_MAX + SPARE_MB;
    if (nowMb <= mayBeMb) return undefined;
    return `the heap has grown from ${this.warmMb.toFixed(0)} MB to ${nowMb.toFixed(0)} MB`;
  }

  private heapMb(): number {
    globalThis.gc?.();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return (heapUsed + Math.max(external, arrayBuffers)) / BYTES_PER_MB;
  }
}
