import { Duration } from 'aws-cdk-lib';
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { AlarmDefinition } from './alarm.ts';
import type { ChangeEvents } from './change-events.ts';
import { EXPIRY_ALARM_DAYS, waitingAlarms } from './waiting-alarms.ts';

type Changes = Pick<ChangeEvents, 'publish' | 'unpublished'>;

const QUARTER_HOUR = Duration.minutes(15);

/**
 * 1 if items were written and publish was not invoked. Whether a failed condition is a successful request is not documented, so it is
 * subtracted.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
const stoppedOf = (table: Table, { publish }: Pick<Changes, 'publish'>): MathExpression => {
  const sum = { period: QUARTER_HOUR, statistic: Stats.SUM };
  return new MathExpression({
    expression: 'IF((FILL(updates, 0) - FILL(refused, 0)) > 0 AND FILL(invoked, 0) < 1, 1, 0)',
    usingMetrics: {
      updates: table.metric('SuccessfulRequestLatency', {
        period: QUARTER_HOUR,
        statistic: Stats.SAMPLE_COUNT,
        dimensionsMap: { TableName: table.tableName, Operation: 'UpdateItem' },
      }),
      refused: table.metric('ConditionalCheckFailedRequests', sum),
      invoked: publish.lambda.metricInvocations(sum),
    },
    period: QUARTER_HOUR,
  });
};

/** The age of the last change that publish received, in milliseconds. */
export const behindOf = ({ publish }: Pick<Changes, 'publish'>): Metric =>
  publish.lambda.metric('IteratorAge', { period: Duration.minutes(1), statistic: Stats.MAXIMUM });

/** The alarms on the way from the table to the event bus, and from there to the targets of rules. */
export const eventAlarms = (table: Table, changes: Changes, undelivered: Metric): AlarmDefinition[] => [
  {
    name: 'events-behind',
    description: 'Changes to the table have waited more than 15 minutes to be published. The stream keeps them for a day.',
    metric: behindOf(changes),
    threshold: Duration.minutes(15).toMilliseconds(),
    datapointsToAlarm: 3,
    evaluationPeriods: 5,
  },
  {
    name: 'events-stopped',
    description:
      'Items were written, but publish was not invoked: its event source mapping is disabled, or Lambda cannot read the stream, which keeps changes for a day.',
    metric: stoppedOf(table, changes),
    threshold: 1,
    // In one period, the only change may have been written at the end, and published in the next.
    datapointsToAlarm: 2,
    evaluationPeriods: 8,
  },
  ...waitingAlarms(changes.unpublished, {
    waiting: {
      name: 'events-unpublished',
      description:
        'Changes to the table could not be published. They wait on the queue UnpublishedQueueUrl, and expire after 14 days.',
    },
    more: {
      name: 'more-events-unpublished',
      description: 'More changes to the table could not be published, while others were already waiting.',
    },
    expiring: {
      name: 'events-unpublished-expiring',
      description: `The queue UnpublishedQueueUrl has not been empty for ${EXPIRY_ALARM_DAYS} days. The oldest changes expire within days.`,
    },
  }),
  {
    name: 'events-undelivered',
    description:
      'EventBridge gave up delivering events to the target of a rule on the bus. Unless the target has a dead-letter queue, only the archive has them.',
    metric: undelivered.with({ period: Duration.minutes(5) }),
    threshold: 1,
  },
];
