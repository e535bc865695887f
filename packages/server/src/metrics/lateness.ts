import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';
import type { Histogram as Kept } from '@lapse/projections';

const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600];

/** Shows a histogram that somebody else keeps, in milliseconds, with its own buckets: counts and sum are within 2 %. */
export class LatenessHistogram extends Histogram {
  constructor(
    private readonly title: string,
    private readonly about: string,
    private readonly kept: Pick<Kept, 'count' | 'approximateSum' | 'countUpTo'>,
  ) {
    // No registry: whoever made this one registers it.
    super({ name: title, help: about, buckets: BOUNDS_SECONDS, registers: [] });
  }

  override get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const { title, about, kept } = this;
    const value = (suffix: string, amount: number, labels = {}): MetricValueWithName<string> => {
      return { metricName: `${title}_${suffix}`, labels, value: amount };
    };
    const values = [
      ...BOUNDS_SECONDS.map((le) => value('bucket', kept.countUpTo(le * 1_000), { le })),
      value('bucket', kept.count, { le: '+Inf' }),
      value('sum', kept.approximateSum / 1_000),
      value('count', kept.count),
    ];
    return Promise.resolve({
      name: title,
      help: about,
      type: 'histogram',
      aggregator: 'sum',
      values,
    } as unknown as MetricObjectWithValues<MetricValueWithName<string>>);
  }

  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get();
  }
}
