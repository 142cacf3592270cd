import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { queueTiming } from '../limits.ts';
import type { AlarmDefinition } from './alarm.ts';

const EXPIRY_HOURS = queueTiming.expiryAlarmAfter.toHours();

/**
 * The alarms on the dead-letter queue. They count visible messages, because NumberOfMessagesSent leaves out messages that the
 * redrive policy moves (AWS). Receiving hides messages for a while, so each alarm takes the maximum over a longer time. The age
 * of the oldest message is not used, because it leaves out messages that were received three times, which `dlq list` can cause.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const deadLetterAlarms = (deadLetterQueue: Queue): AlarmDefinition[] => {
  const waiting = (period: Duration) =>
    deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM });
  return [
    {
      name: 'dead-letters',
      description: 'Messages wait in the dead-letter queue. Nothing else processes them, and they expire after 14 days.',
      metric: waiting(Duration.minutes(1)),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 15,
      // SQS stops reporting metrics of a queue that is unused for six hours (AWS). That must not look like an empty queue.
      treatMissingData: TreatMissingData.IGNORE,
    },
    {
      name: 'more-dead-letters',
      description: 'More messages have arrived in the dead-letter queue, while others were already waiting there.',
      metric: new MathExpression({
        expression: 'IF(DIFF(waiting) > 0 AND waiting > DIFF(waiting), DIFF(waiting), 0)',
        usingMetrics: { waiting: waiting(Duration.minutes(5)) },
        period: Duration.minutes(5),
        label: 'new dead letters in addition to old ones',
      }),
      threshold: 1,
      notifiesOk: false,
    },
    {
      name: 'dead-letters-expiring',
      description: `The dead-letter queue has not been empty for ${EXPIRY_HOURS / 24} days. The oldest messages expire within days.`,
      metric: waiting(Duration.hours(1)),
      threshold: 1,
      // A few hours without data must not restart the week.
      datapointsToAlarm: EXPIRY_HOURS - 8,
      evaluationPeriods: EXPIRY_HOURS,
    },
  ];
};
