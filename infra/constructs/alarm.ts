import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { dashboardUrl } from './dashboard-link.ts';

/** The definition of an alarm. Its period is the period of the metric. */
export interface AlarmDefinition {
  /** The part of the alarm's name after the stack's name. Also the heading of its section in the runbook. */
  readonly name: string;
  /** Explains the alarm to the person on call. */
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Default: `at least`. */
  readonly comparison?: 'at least' | 'below';
  /** How many of the evaluation periods must breach. Default: all. */
  readonly datapointsToAlarm?: number;
  /** Default: 1. */
  readonly evaluationPeriods?: number;
  /** Default: missing data does not breach. */
  readonly treatMissingData?: TreatMissingData;
  /** Whether the topic is also notified when the alarm returns to OK. Default: true. */
  readonly notifiesOk?: boolean;
}

/** Creates the alarm, which notifies the topic. Its description links to the dashboard and to its section of the runbook. */
export const addAlarm = (
  scope: Construct,
  topic: ITopic,
  runbookUrl: string,
  { name, description, comparison = 'at least', notifiesOk = true, ...definition }: AlarmDefinition,
): void => {
  const alarm = new Alarm(scope, name, {
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    ...definition,
    alarmName: `${Stack.of(scope).stackName}-${name}`,
    alarmDescription: [
      description,
      `Dashboard: ${dashboardUrl(Stack.of(scope))}`,
      firstStep(Stack.of(scope)),
      `Runbook: ${runbookUrl}#${name}`,
    ].join(' '),
    comparisonOperator:
      comparison === 'below' ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  if (notifiesOk) alarm.addOkAction(action);
};

/** In a clone of the project, or in an app with the package. The runbook may be out of reach of who reads the e-mail. */
const firstStep = ({ stackName }: Stack): string =>
  `First: npm run oncall -- doctor --stack ${stackName} (or npx --no -- fractal-webhooks doctor --stack ${stackName}).`;
