import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { dashboardUrl } from './dashboard-link.ts';

/** One thing that somebody should know about. */
export interface AlarmDefinition {
  /** Its name behind the stack's, and the heading of its section in the runbook. */
  readonly section: string;
  /** What it means, for whoever is woken by it. */
  readonly means: string;
  readonly metric: IMetric;
  /** The value, over the metric's period, from which on it rings. */
  readonly from?: number;
  /** The value below which it rings, instead. */
  readonly below?: number;
  /** How many of how many periods must breach: the last one, unless said otherwise. */
  readonly periods?: { readonly breaching: number; readonly of: number };
  /** What a period without data counts as: as one that is well, unless said otherwise. */
  readonly missing?: TreatMissingData;
  /** Whether its end is told too. An alarm about an event has no end to tell. */
  readonly tellsEnd?: boolean;
}

/** Makes the alarm, and has it notify the topic. */
export const createAlarm = (
  scope: Construct,
  topic: ITopic,
  runbookUrl: string,
  { section, means, metric, from, below, periods = { breaching: 1, of: 1 }, missing, tellsEnd = true }: AlarmDefinition,
): void => {
  const alarm = new Alarm(scope, section, {
    alarmName: `${Stack.of(scope).stackName}-${section}`,
    alarmDescription: `${means} Dashboard: ${dashboardUrl(Stack.of(scope))} Runbook: ${runbookUrl}#${section}`,
    metric,
    threshold: from ?? below ?? 1,
    comparisonOperator:
      below === undefined ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: periods.of,
    datapointsToAlarm: periods.breaching,
    treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  if (tellsEnd) alarm.addOkAction(action);
};
