import type { Properties } from '../template/resolve.ts';
import { type MetricName, type Metrics, STATISTICS, type Statistic } from './metrics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** An alarm as its template defines it. */
export interface Alarm {
  readonly name: string;
  readonly description: string;
  readonly actions: readonly string[];
  readonly metric: MetricName;
  readonly statistic: Statistic;
  readonly periodMs: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  breaches(value: number): boolean;
  readonly missing: 'breaching' | 'notBreaching';
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** AWS::CloudWatch::Alarm on one metric. @throws Error for what is not evaluated here */
export const readAlarm = (properties: Properties): Alarm => {
  const { AlarmName, ComparisonOperator, Threshold, TreatMissingData, EvaluationPeriods } = properties;
  const compare = COMPARISONS[ComparisonOperator];
  const known = STATISTICS.includes(properties.Statistic) && ['breaching', 'notBreaching'].includes(TreatMissingData);
  if (!compare || !properties.MetricName || !known) {
    throw new Error(`The local CloudWatch can not evaluate the alarm ${AlarmName}`);
  }
  const dimensions = (properties.Dimensions ?? []) as { Name: string; Value: string }[];
  return {
    name: AlarmName,
    description: properties.AlarmDescription ?? '',
    actions: properties.AlarmActions ?? [],
    metric: {
      namespace: properties.Namespace,
      name: properties.MetricName,
      dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
    },
    statistic: properties.Statistic,
    periodMs: properties.Period * 1_000,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: properties.DatapointsToAlarm ?? EvaluationPeriods,
    breaches: (value) => compare(value, Threshold),
    missing: TreatMissingData,
  };
};

/** The state at `now` (epoch milliseconds). Periods end now, where CloudWatch has them end at full minutes. */
export const stateOf = (alarm: Alarm, metrics: Metrics, now: number): AlarmState => {
  const breaching = Array.from({ length: alarm.evaluationPeriods }, (_, index) => {
    const to = now - index * alarm.periodMs;
    const value = metrics.statistic(alarm.metric, alarm.statistic, to - alarm.periodMs, to);
    return value === undefined ? alarm.missing === 'breaching' : alarm.breaches(value);
  });
  return breaching.filter(Boolean).length >= alarm.datapointsToAlarm ? 'ALARM' : 'OK';
};
