import type { Properties } from '../template/resolve.ts';
import type { MetricName, Metrics, Statistic } from './metrics.ts';

/**
 * The result of GetMetricData for queries on single metrics: a value per period that has one, newest first.
 *
 * @throws Error for expressions
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export const metricData = (metrics: Metrics, { MetricDataQueries, StartTime, EndTime }: Properties) => ({
  MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }: Properties) => {
    if (!MetricStat) throw new Error('The local CloudWatch does not support expressions in GetMetricData');
    const { Metric, Stat, Period } = MetricStat;
    const found = valuesOf(metrics, metricOf(Metric), Stat, Period, StartTime, EndTime);
    return {
      Id,
      Label: Metric.MetricName,
      Timestamps: found.map(({ at }) => at),
      Values: found.map(({ value }) => value),
      StatusCode: 'Complete',
    };
  }),
});

const metricOf = ({ Namespace, MetricName, Dimensions = [] }: Properties): MetricName => ({
  namespace: Namespace,
  name: MetricName,
  dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }: Properties) => [Name, Value])),
});

/** The values per period. All times are in seconds. */
const valuesOf = (metrics: Metrics, metric: MetricName, statistic: Statistic, period: number, start: number, end: number) => {
  const found: { readonly at: number; readonly value: number }[] = [];
  for (let at = start; at < end; at += period) {
    const value = metrics.statistic(metric, statistic, at * 1_000, Math.min(at + period, end) * 1_000);
    if (value !== undefined) found.unshift({ at, value });
  }
  return found;
};
