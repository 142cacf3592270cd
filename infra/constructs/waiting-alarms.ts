import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { queueTiming } from '../limits.ts';
import type { AlarmDefinition } from './alarm.ts';

type Text = Pick<AlarmDefinition, 'name' | 'description'>;

/** The names and descriptions of the alarms on a queue that only people empty. */
export interface WaitingAlarms {
  readonly waiting: Text;
  readonly more: Text;
  readonly expiring: Text;
}

export const EXPIRY_ALARM_DAYS = queueTiming.expiryAlarmAfter.toDays();
const EXPIRY_HOURS = queueTiming.expiryAlarmAfter.toHours();

/**
 * Three alarms on a queue that only people empty: messages wait, more arrive while others wait, and the oldest will expire. They
 * count visible messages, because NumberOfMessagesSent leaves out messages that a redrive policy moves (AWS). Receiving hides
 * messages for a while, so each alarm takes the maximum over a longer time. The age of the oldest message is not used, because it
 * leaves out messages that were received three times, which `dlq list` can cause.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const waitingAlarms = (queue: Queue, { waiting, more, expiring }: WaitingAlarms): AlarmDefinition[] => {
  const visible = (period: Duration) => queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM });
  return [
    {
      ...waiting,
      metric: visible(Duration.minutes(1)),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 15,
      // SQS stops reporting metrics of a queue that is inactive for six hours (AWS). That must not look like an empty queue.
      treatMissingData: TreatMissingData.IGNORE,
    },
    {
      ...more,
      metric: new MathExpression({
        expression: 'IF(DIFF(waiting) > 0 AND waiting > DIFF(waiting), DIFF(waiting), 0)',
        usingMetrics: { waiting: visible(Duration.minutes(5)) },
        period: Duration.minutes(5),
        label: 'new messages in addition to old ones',
      }),
      threshold: 1,
      notifiesOk: false,
    },
    {
      ...expiring,
      metric: visible(Duration.hours(1)),
      threshold: 1,
      // A few hours without data must not restart the week.
      datapointsToAlarm: EXPIRY_HOURS - 8,
      evaluationPeriods: EXPIRY_HOURS,
    },
  ];
};
