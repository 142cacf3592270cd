import type { Properties } from '../template/resolve.ts';
import { readExpression } from './metric-math.ts';
import { type MetricName, type Metrics, STATISTICS, type Statistic } from './metrics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const MISSING = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;

/** An alarm of the template. */
export interface Alarm {
  readonly name: string;
  readonly description: string;
  /** The topics that are notified when the alarm enters a state. */
  readonly actions: Readonly<Partial<Record<AlarmState, readonly string[]>>>;
  /** The metrics that the alarm evaluates. */
  readonly metrics: readonly MetricName[];
  /** The value for the period that ends at `to` (epoch milliseconds). */
  valueAt(metrics: Metrics, to: number): number | undefined;
  readonly periodMs: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  breaches(value: number): boolean;
  readonly missing: (typeof MISSING)[number];
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * AWS::CloudWatch::Alarm on a metric or a metric math expression.
 *
 * @param id its name, if the template gives it none
 * @throws Error for unsupported properties
 */
export const readAlarm = (id: string, properties: Properties): Alarm => {
  const { AlarmName = id, ComparisonOperator, Threshold, TreatMissingData = 'missing', EvaluationPeriods, Metrics } = properties;
  const compare = COMPARISONS[ComparisonOperator];
  if (!compare || !MISSING.includes(TreatMissingData))
    throw new Error(`The local CloudWatch cannot evaluate the alarm ${AlarmName}`);
  return {
    name: AlarmName,
    description: properties.AlarmDescription ?? '',
    actions: { ALARM: properties.AlarmActions ?? [], OK: properties.OKActions ?? [] },
    ...(Metrics ? readMath(AlarmName, Metrics) : readSingle(AlarmName, properties)),
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: properties.DatapointsToAlarm ?? EvaluationPeriods,
    breaches: (value) => compare(value, Threshold),
    missing: TreatMissingData,
  };
};

type Watching = Pick<Alarm, 'metrics' | 'periodMs' | 'valueAt'>;

const readSingle = (alarm: string, { Namespace, MetricName, Dimensions = [], Statistic, Period }: Properties): Watching => {
  const metric = {
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }: Properties) => [Name, Value])),
  };
  if (!STATISTICS.includes(Statistic))
    throw new Error(`The local CloudWatch does not support the statistic ${Statistic} of the alarm ${alarm}`);
  const periodMs = Period * 1_000;
  return {
    metrics: [metric],
    periodMs,
    valueAt: (metrics, to) => metrics.statistic(metric, Statistic as Statistic, to - periodMs, to),
  };
};

const readMath = (alarm: string, queries: readonly Properties[]): Watching => {
  const singles = new Map(
    queries.flatMap(({ Id, MetricStat }) => {
      if (!MetricStat) return [];
      const { Metric, Stat, Period } = MetricStat;
      return [[Id as string, readSingle(alarm, { ...Metric, Statistic: Stat, Period })] as const];
    }),
  );
  const [formula, ...others] = queries.filter(({ Expression }) => Expression);
  const [first] = [...singles.values()];
  if (!formula || !first || others.length > 0) throw new Error(`The local CloudWatch cannot evaluate the alarm ${alarm}`);
  const expression = readExpression(formula.Expression, [...singles.keys()]);
  return {
    metrics: [...singles.values()].flatMap(({ metrics }) => metrics),
    periodMs: first.periodMs,
    valueAt: (metrics, to) => expression((name, ago) => singles.get(name)?.valueAt(metrics, to - ago * first.periodMs)),
  };
};

/**
 * The state at `now` (epoch milliseconds). The last period ends at `now`; CloudWatch's end at full minutes.
 *
 * @param before the previous state
 * @param since when measuring began: periods that ended before count as not breaching
 */
export const evaluateAlarm = (alarm: Alarm, metrics: Metrics, now: number, before: AlarmState, since: number): AlarmState => {
  const { evaluationPeriods, periodMs, missing } = alarm;
  const ends = Array.from({ length: evaluationPeriods }, (_, index) => now - index * periodMs);
  const values = ends.map((to) => (to <= since ? 'before' : alarm.valueAt(metrics, to)));
  if (values.every((value) => typeof value !== 'number')) {
    if (missing === 'ignore') return before;
    if (missing === 'missing') return 'INSUFFICIENT_DATA';
  }
  const breaching = values.filter((value) =>
    typeof value === 'number' ? alarm.breaches(value) : value === undefined && missing === 'breaching',
  );
  return breaching.length >= alarm.datapointsToAlarm ? 'ALARM' : 'OK';
};
