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

// The maximum of one and the minimum of the other: while messages are received and become visible again, the sum stays the same.
// Without a value of `visible`, it has none. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
const WAITING = '(visible + FILL(hidden, 0))';
const MORE = '(DIFF(visible) + DIFF(hidden))';

export const EXPIRY_ALARM_DAYS = queueTiming.expiryAlarmAfter.toDays();
const EXPIRY_HOURS = queueTiming.expiryAlarmAfter.toHours();

/**
 * Three alarms on a queue that only people empty: messages wait, more arrive while others wait, and the oldest will expire. The
 * first two count visible and hidden messages, and the third allows for half a day without visible ones, so that hiding messages, for up to
 * twelve hours (AWS), does not silence them.
 * NumberOfMessagesSent leaves out messages that a redrive policy moves (AWS). The age of the oldest message is not used, because it
 * leaves out messages that were received three times, which `dlq list` can cause.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const waitingAlarms = (queue: Queue, { waiting, more, expiring }: WaitingAlarms): AlarmDefinition[] => {
  /** @param expression uses `visible` and `hidden` */
  const metricOf = (period: Duration, label: string, expression: string) =>
    new MathExpression({
      expression,
      label,
      period,
      usingMetrics: {
        visible: queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
        hidden: queue.metricApproximateNumberOfMessagesNotVisible({ period, statistic: Stats.MINIMUM }),
      },
    });
  return [
    {
      ...waiting,
      metric: metricOf(Duration.minutes(1), 'messages', WAITING),
      threshold: 1,
      datapointsToAlarm: 1,
      evaluationPeriods: 15,
      // SQS stops reporting metrics of a queue that is inactive for six hours (AWS). That must not look like an empty queue.
      treatMissingData: TreatMissingData.IGNORE,
    },
    {
      ...more,
      metric: metricOf(
        Duration.minutes(5),
        'new messages in addition to old ones',
        `IF(${MORE} > 0 AND ${WAITING} > ${MORE}, ${MORE}, 0)`,
      ),
      threshold: 1,
      notifiesOk: false,
    },
    {
      ...expiring,
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.hours(1), statistic: Stats.MAXIMUM }),
      threshold: 1,
      // Half a day in which all are hidden, or there is no data, must not restart the week.
      datapointsToAlarm: EXPIRY_HOURS - 13,
      evaluationPeriods: EXPIRY_HOURS,
    },
  ];
};
