/** A metric, as CloudWatch tells them apart: by namespace, name and every dimension, to the letter. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** What was measured within one second. `at` is epoch milliseconds. */
interface Bucket {
  readonly at: number;
  sum: number;
  max: number;
}

/** The statistics that the template's alarms use. */
export const STATISTICS = ['Sum', 'Maximum'] as const;

export type Statistic = (typeof STATISTICS)[number];

const KEPT_FOR_MS = 24 * 60 * 60 * 1_000;

/** Values over the last day, by metric. */
export interface Metrics {
  /** @param at epoch milliseconds */
  put(metric: MetricName, value: number, at: number): void;
  /** The statistic over `from` (exclusive) to `to` (inclusive), epoch milliseconds; `undefined` if nothing was measured. */
  statistic(metric: MetricName, statistic: Statistic, from: number, to: number): number | undefined;
  /** Every metric that has a value. */
  names(): MetricName[];
}

export const createMetrics = (): Metrics => {
  const series = new Map<string, Bucket[]>();

  return {
    put: (metric, value, at) => {
      const buckets = series.get(keyOf(metric)) ?? [];
      series.set(keyOf(metric), buckets);
      const last = buckets.at(-1);
      if (last && Math.floor(last.at / 1_000) === Math.floor(at / 1_000)) {
        last.sum += value;
        last.max = Math.max(last.max, value);
      } else {
        buckets.push({ at, sum: value, max: value });
        if (at - (buckets[0]?.at ?? at) > KEPT_FOR_MS) buckets.shift();
      }
    },
    statistic: (metric, statistic, from, to) => {
      const within = (series.get(keyOf(metric)) ?? []).filter(({ at }) => at > from && at <= to);
      if (within.length === 0) return undefined;
      return statistic === 'Sum'
        ? within.reduce((total, { sum }) => total + sum, 0)
        : within.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY);
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
