import { UNMEASURED } from './aws-metrics.ts';
import { readExpression } from './metric-math.ts';
import type { MetricName, Metrics, Statistic } from './metrics.ts';

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
  /** Whether one of its metrics is measured here. */
  readonly isMeasured: boolean;
  readonly labels: readonly string[];
  readonly times: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

// The local metrics have no percentiles: the maximum stands in for them.
const STATISTICS: Readonly<Record<string, Statistic>> = { Sum: 'Sum' };

type Value = (to: number) => number | undefined;

/** The graphs of these widgets over the last half hour. @param now epoch milliseconds */
export const graphsOf = (widgets: readonly Widget[], metrics: Metrics, now: number): Graph[] => {
  const end = Math.floor(now / STEP_MS) * STEP_MS;
  const ends = Array.from({ length: STEPS }, (_, index) => end - (STEPS - 1 - index) * STEP_MS);
  return widgets
    .filter(({ type }) => type === 'metric' || type === 'log')
    .map(({ properties: { title, metrics: rows = [] } }) => {
      const series = seriesOf(rows, metrics);
      return {
        title,
        isMeasured: rows.some((row: unknown[]) => typeof row[1] === 'string' && !UNMEASURED.includes(row[1])),
        labels: series.map(({ label }) => label),
        times: ends.map((at) => at / 1_000),
        values: series.map(({ value }) => ends.map((to) => value(to) ?? null)),
      };
    });
};

/** The series of a graph: metrics, and expressions over metrics with an `id`, which may be hidden. */
const seriesOf = (rows: readonly unknown[][], metrics: Metrics): { readonly label: string; readonly value: Value }[] => {
  const read = rows.map((row) => ({ row, options: optionsOf(row) }));
  const named = new Map(
    read.flatMap(({ row, options: { id, expression } }) => (id && !expression ? [[id, valueIn(row, metrics)] as const] : [])),
  );
  return read
    .filter(({ options: { visible = true } }) => visible)
    .map(({ row, options: { label = '', expression } }) => {
      if (!expression) return { label, value: valueIn(row, metrics) };
      const evaluate = readExpression(expression, [...named.keys()]);
      return { label, value: (to) => evaluate((name, ago) => named.get(name)?.(to - ago * STEP_MS)) };
    });
};

interface Options {
  readonly label?: string;
  readonly stat?: string;
  readonly id?: string;
  readonly expression?: string;
  readonly visible?: boolean;
}

const optionsOf = (row: readonly unknown[]): Options => row.find((part) => typeof part === 'object') ?? {};

const valueIn = (row: readonly unknown[], metrics: Metrics): Value => {
  const [namespace = '', name = '', ...pairs] = row.filter((part) => typeof part === 'string');
  const dimensions: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2) dimensions[pairs[index] ?? ''] = pairs[index + 1] ?? '';
  const metric: MetricName = { namespace, name, ...(pairs.length > 0 && { dimensions }) };
  const statistic = STATISTICS[optionsOf(row).stat ?? 'Sum'] ?? 'Maximum';
  return (to) => metrics.statistic(metric, statistic, to - STEP_MS, to);
};
