import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarm.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';

export interface Requests {
  readonly settings: Pick<Settings, 'silenceAlarmHours'>;
  readonly outcomes: Pick<OutcomeMetrics, 'unsigned' | 'mismatched' | 'throttled' | 'secretUnreadable'>;
  readonly serverErrors: Metric;
  readonly queue: Queue;
}

const FIVE_MINUTES = Duration.minutes(5);
const QUARTER = Duration.minutes(15);
const HOUR = Duration.hours(1);

const sum = (metric: Metric, period: Duration) => metric.with({ period, statistic: Stats.SUM });

/** The alarms on what is asked of the webhook, and what it answers. */
export const requestAlarms = ({ settings, outcomes, serverErrors, queue }: Requests): AlarmDefinition[] => [
  {
    name: 'server-errors',
    description: 'Fractal is answered 5xx. It tries again for days, so nothing is lost yet.',
    metric: sum(serverErrors, FIVE_MINUTES),
    threshold: 3, // Fractal tries again, so a single one does no harm.
  },
  {
    name: 'wrong-signatures',
    description:
      'Deliveries are refused because no token of the secret has signed them: most likely the token was changed at Fractal.',
    metric: sum(outcomes.mismatched, QUARTER),
    threshold: 5, // Fractal tries one delivery six times within eleven minutes.
  },
  {
    name: 'unsigned-requests',
    description:
      'Many requests carry no signature: they are not from Fractal. They are refused, and do no harm but what they cost.',
    metric: sum(outcomes.unsigned, QUARTER),
    threshold: 100,
  },
  {
    name: 'throttled-requests',
    description: 'Requests are answered 429: more come than throttleRate and throttleBurst let in. Fractal tries its own again.',
    metric: sum(outcomes.throttled, FIVE_MINUTES),
    threshold: 10,
  },
  {
    name: 'secret-unreadable',
    description: 'The secret with the tokens can not be read, or holds none. Every delivery is answered 503 meanwhile.',
    metric: sum(outcomes.secretUnreadable, FIVE_MINUTES),
    threshold: 1,
  },
  ...(settings.silenceAlarmHours > 0
    ? [
        {
          name: 'nothing-received',
          description: `No notification was accepted for ${settings.silenceAlarmHours} hours.`,
          // What was accepted is what was sent to the queue. A line of the log would be missing where only warnings are kept.
          metric: sum(queue.metricNumberOfMessagesSent(), HOUR),
          threshold: 1,
          comparison: 'below' as const,
          datapointsToAlarm: settings.silenceAlarmHours,
          evaluationPeriods: settings.silenceAlarmHours,
          treatMissingData: TreatMissingData.BREACHING,
        },
      ]
    : []),
];
