import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { queueTiming } from '../limits.ts';
import type { AlarmDefinition } from './alarm.ts';

const EXPIRY_HOURS = queueTiming.expiryAlarmAfter.toHours();

/**
 * The alarms on the dead-letter queue. All count what is there, since the number of messages sent misses what the redrive policy
 * moves (AWS). Looking at messages hides them for a while, so each takes the most that was seen over a time longer than a look. And
 * none asks for the age of the oldest message: that leaves out what has been received three times, by three looks for example.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const deadLetterAlarms = (deadLetterQueue: Queue): AlarmDefinition[] => {
  const waiting = (period: Duration) =>
    deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM });
  return [
    {
      name: 'dead-letters',
      description: 'Messages wait in the dead-letter queue: nobody else will look at them, and they expire after 14 days.',
      metric: waiting(Duration.minutes(1)),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 15,
      // SQS stops measuring a queue that nobody has used for six hours (AWS): that must not look like an empty one.
      treatMissingData: TreatMissingData.IGNORE,
    },
    {
      name: 'more-dead-letters',
      description: 'More messages have come to the dead-letter queue, while others wait there.',
      metric: new MathExpression({
        expression: 'IF(DIFF(waiting) > 0 AND waiting > DIFF(waiting), DIFF(waiting), 0)',
        usingMetrics: { waiting: waiting(Duration.minutes(5)) },
        period: Duration.minutes(5),
        label: 'new dead letters, beside old ones',
      }),
      threshold: 1,
      notifiesOk: false,
    },
    {
      name: 'dead-letters-expiring',
      description: `For ${EXPIRY_HOURS / 24} days the dead-letter queue has not been empty: what has waited longest expires within days.`,
      metric: waiting(Duration.hours(1)),
      threshold: 1,
      // Some hours without a measurement do not begin the week anew.
      datapointsToAlarm: EXPIRY_HOURS - 8,
      evaluationPeriods: EXPIRY_HOURS,
    },
  ];
};
