import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { queueTiming, visibilityTimeout } from '../limits.ts';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarm.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';

export interface Applying {
  readonly settings: Settings;
  readonly outcomes: Pick<OutcomeMetrics, 'failed'>;
  readonly queue: Queue;
  readonly apply: LambdaFunction;
  readonly table: Table;
}

const sum = (metric: Metric) => metric.with({ period: Duration.minutes(5), statistic: Stats.SUM });

/** The alarms on the way from the queue to the table. */
export const applyingAlarms = ({ settings, outcomes, queue, apply, table }: Applying): AlarmDefinition[] => [
  {
    name: 'oldest-message',
    description: 'The oldest message has waited for longer than five failures take: apply does not keep up, or does not run.',
    metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
    // What fails is in the dead-letter queue after five visibility timeouts. What is twice as old was not even tried.
    threshold: 2 * queueTiming.attempts * visibilityTimeout(settings).toSeconds(),
  },
  {
    name: 'apply-failing',
    description: 'Messages fail to be applied. After five failures each is in the dead-letter queue.',
    metric: sum(outcomes.failed),
    threshold: queueTiming.attempts, // one message that fails as often as it may
  },
  {
    name: 'apply-crashing',
    description: 'Whole batches fail: apply does not start, crashes, or runs out of time.',
    metric: sum(apply.metricErrors()),
    threshold: 3,
  },
  {
    name: 'apply-throttled',
    description: 'Lambda refuses to run apply, since the concurrency of the account or of the function is used up.',
    metric: sum(apply.metricThrottles()),
    threshold: 1, // The mapping asks for no more than there is, so this should never be.
  },
  {
    name: 'table-throttled',
    description: 'DynamoDB refuses writes because they are too many at once. They are tried again.',
    metric: sum(table.metric('WriteThrottleEvents')),
    threshold: 10, // The SDK tries three times, and the queue five times after that.
  },
];
