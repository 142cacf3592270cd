import { Duration } from 'aws-cdk-lib';
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { TESTED_ALARM } from '../../functions/core/stack-contract.ts';
import { queueTiming, visibilityTimeout } from '../limits.ts';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarm.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';

export interface Applying {
  readonly settings: Settings;
  readonly outcomes: Pick<OutcomeMetrics, 'failed' | 'contested'>;
  readonly queue: Queue;
  readonly apply: LambdaFunction;
  readonly table: Table;
  readonly history: Table | undefined;
}

const FIVE_MINUTES = Duration.minutes(5);

const sum = (metric: Metric) => metric.with({ period: FIVE_MINUTES, statistic: Stats.SUM });

/** The alarms on the way from the queue to the table. */
export const applyingAlarms = ({ settings, outcomes, queue, apply, table, history }: Applying): AlarmDefinition[] => [
  {
    name: 'oldest-message',
    description: 'The oldest message has waited twice as long as five failed attempts take: apply is too slow or does not run.',
    metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
    // A failing message is in the dead-letter queue after five visibility timeouts. A message twice as old was not even tried.
    threshold: 2 * queueTiming.attempts * visibilityTimeout(settings).toSeconds(),
  },
  {
    name: 'apply-failing',
    description: 'Apply fails on messages. After five failed attempts a message moves to the dead-letter queue.',
    metric: sum(outcomes.failed),
    threshold: queueTiming.attempts, // one message that fails all its attempts
  },
  {
    name: 'contested-results',
    description:
      'Kraken approved a user after it had rejected them. Its results have no time, so the approval may be an old one that was sent again: the rejection stands until somebody decides.',
    metric: sum(outcomes.contested),
    threshold: 1,
  },
  {
    name: 'apply-crashing',
    description: 'Whole batches fail: apply does not start, crashes, or runs out of time.',
    metric: sum(apply.metricErrors()),
    threshold: 3,
  },
  {
    name: TESTED_ALARM,
    description: 'Lambda throttles apply because the concurrency of the account or of the function is used up.',
    metric: sum(apply.metricThrottles()),
    threshold: 1, // The mapping's maximum concurrency should prevent throttling.
  },
  {
    name: 'table-throttled',
    description: 'DynamoDB throttles writes because there are too many at once. They are retried.',
    // An alarm on a metric of DynamoDB ignores missing data, whatever it asks for (AWS), and so would not return to OK.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    metric: new MathExpression({
      expression: history ? 'FILL(throttled, 0) + FILL(history, 0)' : 'FILL(throttled, 0)',
      usingMetrics: {
        throttled: sum(table.metric('WriteThrottleEvents')),
        ...(history && { history: sum(history.metric('WriteThrottleEvents')) }),
      },
      period: FIVE_MINUTES,
    }),
    threshold: 10, // The SDK makes three attempts per delivery of a message, and SQS delivers it up to five times.
  },
];
