import type { MetricName, Metrics, Statistic } from '../cloudwatch/metrics.ts';

const STEP_MS = 15_000;
const STEPS = 120; // half an hour

/** A widget of a dashboard's body: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export interface Widget {
  readonly type: string;
  readonly width: number;
  // biome-ignore lint/suspicious/noExplicitAny: its type decides.
  readonly properties: Record<string, any>;
}

/** A graph: one list of `values` per series, with one value per time. Times are epoch seconds. */
export interface Graph {
  readonly title: string;
  readonly labels: readonly string[];
  readonly times: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

// The local metrics have no percentiles: the maximum stands in for them.
const STATISTICS: Readonly<Record<string, Statistic>> = { Sum: 'Sum' };

/** The graphs of these widgets over the last half hour. @param now epoch milliseconds */
export const graphsOf = (widgets: readonly Widget[], metrics: Metrics, now: number): Graph[] => {
  const end = Math.floor(now / STEP_MS) * STEP_MS;
  const ends = Array.from({ length: STEPS }, (_, index) => end - (STEPS - 1 - index) * STEP_MS);
  return widgets
    .filter(({ type }) => type === 'metric')
    .map(({ properties }) => {
      const series = (properties.metrics as unknown[][]).map(seriesOf);
      return {
        title: properties.title,
        labels: series.map(({ label }) => label),
        times: ends.map((at) => at / 1_000),
        values: series.map(({ metric, statistic }) =>
          ends.map((to) => metrics.statistic(metric, statistic, to - STEP_MS, to) ?? null),
        ),
      };
    });
};

const seriesOf = (given: readonly unknown[]) => {
  const texts = given.filter((part) => typeof part === 'string');
  const { label = '', stat = 'Sum' } = (given.find((part) => typeof part === 'object') ?? {}) as Record<string, string>;
  const [namespace = '', name = '', ...pairs] = texts;
  const dimensions: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2) dimensions[pairs[index] ?? ''] = pairs[index + 1] ?? '';
  const metric: MetricName = { namespace, name, ...(pairs.length > 0 && { dimensions }) };
  return { metric, label, statistic: STATISTICS[stat] ?? 'Maximum' };
};
