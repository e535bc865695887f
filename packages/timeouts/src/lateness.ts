/** Each bucket is 10 % wider than the one before: a percentile is right to within 10 %. */
const GROWTH = Math.log(1.1);
const BUCKETS_MAX = 256;

export interface LatenessSummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How late closes were recorded, in milliseconds from deadline + grace. A metric, not an error (D6). */
export class Lateness {
  private readonly buckets = new Uint32Array(BUCKETS_MAX);
  private count = 0;
  private maxMs = 0;

  record(lateMs: number): void {
    const ms = Math.max(0, lateMs);
    this.count++;
    this.maxMs = Math.max(this.maxMs, ms);
    const index = Math.min(BUCKETS_MAX - 1, Math.ceil(Math.log(ms + 1) / GROWTH));
    this.buckets[index] = (this.buckets[index] as number) + 1;
  }

  summary(): LatenessSummary {
    return { count: this.count, p50Ms: this.percentile(0.5), p99Ms: this.percentile(0.99), maxMs: this.maxMs };
  }

  private percentile(share: number): number {
    let left = Math.ceil(this.count * share);
    for (let index = 0; index < BUCKETS_MAX; index++) {
      left -= this.buckets[index] as number;
      if (left <= 0) return Math.min(this.maxMs, Math.round(Math.exp(index * GROWTH) - 1));
    }
    return this.maxMs;
  }
}
