import { Duration } from 'aws-cdk-lib';
import { type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarm.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';

export interface Requests {
  readonly settings: Pick<Settings, 'silenceAlarmHours'>;
  readonly outcomes: Pick<OutcomeMetrics, 'fromFractal' | 'unsigned' | 'mismatched' | 'throttled'>;
  readonly serverErrors: Metric;
}

const FIVE_MINUTES = Duration.minutes(5);
const FIFTEEN_MINUTES = Duration.minutes(15);
const HOUR = Duration.hours(1);

const sum = (metric: Metric, period: Duration) => metric.with({ period, statistic: Stats.SUM });

/** The alarms on requests to the webhook and its responses. */
export const requestAlarms = ({ settings, outcomes, serverErrors }: Requests): AlarmDefinition[] => [
  {
    name: 'server-errors',
    description:
      'Requests get a 5xx response. Fractal retries for days, so nothing is lost yet. If the secret with the tokens is scheduled for deletion, do not wait: aws secretsmanager restore-secret --secret-id SECRET_ID (output SecretId).',
    metric: sum(serverErrors, FIVE_MINUTES),
    // Fractal retries, so a single one does no harm. It makes six attempts at one delivery within eleven minutes.
    threshold: 3,
  },
  {
    name: 'wrong-signatures',
    description:
      'Requests are refused because no token of the secret matches their signature. The command doctor names the cause.',
    metric: sum(outcomes.mismatched, FIFTEEN_MINUTES),
    threshold: 5, // Fractal makes six attempts at one delivery within eleven minutes.
  },
  {
    name: 'unsigned-requests',
    description: 'Many requests have no signature, so they are not from Fractal. They are refused; the only harm is their cost.',
    metric: sum(outcomes.unsigned, FIFTEEN_MINUTES),
    threshold: 100,
  },
  {
    name: 'throttled-requests',
    description: 'Requests get 429 because they exceed throttleRate or throttleBurst. Fractal retries its requests.',
    metric: sum(outcomes.throttled, FIVE_MINUTES),
    threshold: 10,
  },
  ...(settings.silenceAlarmHours > 0
    ? [
        {
          name: 'nothing-received',
          description: `Fractal has sent no notification for ${settings.silenceAlarmHours} hours. Requests of doctor and send do not count.`,
          metric: outcomes.fromFractal.with({ period: HOUR }),
          threshold: 1,
          comparison: 'below' as const,
          datapointsToAlarm: settings.silenceAlarmHours,
          evaluationPeriods: settings.silenceAlarmHours,
          treatMissingData: TreatMissingData.BREACHING,
        },
      ]
    : []),
];
