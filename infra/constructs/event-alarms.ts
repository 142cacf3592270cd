import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from './alarm.ts';
import type { ChangeEvents } from './change-events.ts';
import { EXPIRY_ALARM_DAYS, waitingAlarms } from './waiting-alarms.ts';

type Changes = Pick<ChangeEvents, 'publish' | 'unpublished'>;

/** The age of the last change that publish received, in milliseconds. */
export const behindOf = ({ publish }: Pick<Changes, 'publish'>): Metric =>
  publish.lambda.metric('IteratorAge', { period: Duration.minutes(1), statistic: Stats.MAXIMUM });

/** The alarms on the way from the table to the event bus. */
export const eventAlarms = (changes: Changes): AlarmDefinition[] => [
  {
    name: 'events-behind',
    description: 'Changes to the table have waited more than 15 minutes to be published. The stream keeps them for a day.',
    metric: behindOf(changes),
    threshold: Duration.minutes(15).toMilliseconds(),
    datapointsToAlarm: 3,
    evaluationPeriods: 5,
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
];
