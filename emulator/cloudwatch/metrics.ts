/** A metric's identity in CloudWatch: namespace, name and all dimensions. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** The values of an interval. `at` is the time of the first (epoch milliseconds). */
interface Bucket {
  readonly at: number;
  count: number;
  sum: number;
  max: number;
  min: number;
}

/** The statistics that the template's alarms use. */
export const STATISTICS = ['Sum', 'Maximum', 'Minimum', 'SampleCount'] as const;

export type Statistic = (typeof STATISTICS)[number];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// Per second for short alarm periods, per minute for long ones.
const RESOLUTIONS = [
  { width: SECOND, keptFor: 2 * HOUR },
  { width: MINUTE, keptFor: 8 * 24 * HOUR },
] as const;

/** The values of the last days by metric. */
export interface Metrics {
  /** @param at epoch milliseconds */
  put(metric: MetricName, value: number, at: number): void;
  /** The statistic from `from` (exclusive) to `to` (inclusive), in epoch milliseconds; `undefined` without values. */
  statistic(metric: MetricName, statistic: Statistic, from: number, to: number): number | undefined;
  /** The metrics with a value. */
  names(): MetricName[];
}

export const createMetrics = (): Metrics => {
  const series = new Map<string, Bucket[][]>();
  const seriesOf = (metric: MetricName): Bucket[][] => {
    const known = series.get(keyOf(metric)) ?? RESOLUTIONS.map(() => []);
    series.set(keyOf(metric), known);
    return known;
  };

  return {
    put: (metric, value, at) => {
      for (const [index, { width, keptFor }] of RESOLUTIONS.entries()) {
        const buckets = seriesOf(metric)[index] ?? [];
        const last = buckets.at(-1);
        if (last && Math.floor(last.at / width) === Math.floor(at / width)) {
          last.count += 1;
          last.sum += value;
          last.max = Math.max(last.max, value);
          last.min = Math.min(last.min, value);
        } else {
          buckets.push({ at, count: 1, sum: value, max: value, min: value });
          if (at - (buckets[0]?.at ?? at) > keptFor) buckets.shift();
        }
      }
    },
    statistic: (metric, statistic, from, to) => {
      const buckets = series.get(keyOf(metric))?.[to - from < HOUR ? 0 : 1] ?? [];
      const within = buckets.filter(({ at }) => at > from && at <= to);
      if (within.length === 0) return undefined;
      if (statistic === 'SampleCount') return within.reduce((total, { count }) => total + count, 0);
      if (statistic === 'Sum') return within.reduce((total, { sum }) => total + sum, 0);
      return statistic === 'Maximum'
        ? within.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY)
        : within.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY);
    },
    names: () => [...series.keys()].map(metricOf),
  };
};

const keyOf = ({ namespace, name, dimensions = {} }: MetricName): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);

const metricOf = (key: string): MetricName => {
  const [namespace, name, dimensions] = JSON.parse(key);
  return { namespace, name, dimensions: Object.fromEntries(dimensions) };
};
