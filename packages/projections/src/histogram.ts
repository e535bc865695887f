/** Each bucket is this much wider than the one before: a quantile is off by at most 1 %. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** Values below it share the bucket of zero. */
const SMALLEST = 1;
/** More buckets than values up to 2^53 can fill. */
const BUCKETS_MAX = 2_000;

/** As it is kept in a row: pairs of bucket and count, in the order of the buckets. */
export type HistogramCounts = readonly number[];

/**
 * Counts of values (milliseconds, say) in buckets that grow by 2 %: quantiles within 1 % of the true value, a few hundred
 * numbers however many values, and two of them added up say what one over both would have said.
 */
export class Histogram {
  private readonly counts = new Map<number, number>();
  private total = 0;
  private largest = 0;

  static from(counts: HistogramCounts): Histogram {
    const histogram = new Histogram();
    for (let i = 0; i + 1 < counts.length; i += 2) histogram.addTo(counts[i] as number, counts[i + 1] as number);
    return histogram;
  }

  get count(): number {
    return this.total;
  }
  get max(): number {
    return this.largest;
  }

  /** Negative values count as zero. */
  add(value: number): void {
    this.addTo(bucketOf(value), 1);
    if (value > this.largest) this.largest = value;
  }

  merge(other: Histogram): void {
    for (const [bucket, count] of other.counts) this.addTo(bucket, count);
    this.largest = Math.max(this.largest, other.largest);
  }

  /** The value that a share of all values, 0 to 1, does not exceed; undefined where nothing was added. */
  quantile(share: number): number | undefined {
    if (this.total === 0) return undefined;
    const wanted = Math.max(1, Math.ceil(share * this.total));
    let seen = 0;
    for (const bucket of [...this.counts.keys()].sort((a, b) => a - b)) {
      seen += this.counts.get(bucket) as number;
      if (seen >= wanted) return this.largest > 0 ? Math.min(valueOf(bucket), this.largest) : valueOf(bucket);
    }
    return this.largest;
  }

  /** How many values are not above this one, give or take those within 2 % of it. */
  countUpTo(value: number): number {
    const last = bucketOf(value);
    let seen = 0;
    for (const [bucket, count] of this.counts) if (bucket <= last) seen += count;
    return seen;
  }

  /** Of all values, within 1 %. */
  get approximateSum(): number {
    let sum = 0;
    for (const [bucket, count] of this.counts) sum += valueOf(bucket) * count;
    return sum;
  }

  toCounts(): HistogramCounts {
    return [...this.counts].sort(([a], [b]) => a - b).flat();
  }

  private addTo(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
    this.total += count;
  }
}

/**
 * `counts` with one more value: the array itself, changed, as a fold of many events changes its row; a new one in place of an
 * empty one, which rows may share.
 */
export const addToCounts = (counts: HistogramCounts, value: number): HistogramCounts => {
  const bucket = bucketOf(value);
  if (counts.length === 0) return [bucket, 1];
  const pairs = counts as number[];
  let low = 0;
  let high = pairs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pairs[2 * middle] as number) < bucket) low = middle + 1;
    else high = middle;
  }
  if (pairs[2 * low] === bucket) pairs[2 * low + 1]!++;
  else pairs.splice(2 * low, 0, bucket, 1);
  return pairs;
};

const bucketOf = (value: number): number =>
  value < SMALLEST ? 0 : Math.min(1 + Math.floor(Math.log(value) / LOG_GROWTH), BUCKETS_MAX);

/** The middle of a bucket. */
const valueOf = (bucket: number): number => (bucket === 0 ? 0 : (GROWTH ** (bucket - 1) * (1 + GROWTH)) / 2);
