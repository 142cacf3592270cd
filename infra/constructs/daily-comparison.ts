import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { PRODUCTION, STAGING } from '../../functions/reconcile/hosts.ts';
import { acknowledge, inPacks, SERVERLESS } from '../acknowledge.ts';
import { comparisonTiming } from '../limits.ts';
import type { Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarm.ts';
import type { ApiSecret } from './api-secret.ts';
import { BundledFunction } from './bundled-function.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { HistoryTable } from './history-table.ts';
import type { ComparisonMetrics } from './outcome-metrics.ts';
import type { StateTable } from './state-table.ts';

export interface DailyComparisonProps {
  readonly settings: Settings;
  readonly apiSecret: ApiSecret;
  readonly states: StateTable;
  readonly history: HistoryTable | undefined;
  readonly encryption: EncryptionKey | undefined;
  readonly logs: LogGroup;
}

/** Compares the table with Fractal once a day, and heals nothing. */
export class DailyComparison extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, { settings, apiSecret, states, history, encryption, logs }: DailyComparisonProps) {
    super(scope, id);
    const hosts = settings.reconcileDaily === 'staging' ? STAGING : PRODUCTION;
    this.function = new BundledFunction(this, 'Compare', {
      // The alarm counts a line that is logged once a day, at INFO.
      settings: { ...settings, logLevel: 'INFO' },
      folder: 'reconcile',
      description: 'Compares the table with Fractal once a day',
      timeout: comparisonTiming.timeout,
      memorySize: 1_024,
      logs,
      concurrency: 1,
      calledBy: 'EventBridge invokes it once a day. If it fails, an alarm is triggered, and the next day repeats it.',
      isAsynchronous: true,
      environment: {
        API_SECRET_ID: apiSecret.secret.secretArn,
        TABLE_NAME: states.table.tableName,
        ...(history && { HISTORY_TABLE_NAME: history.table.tableName }),
        AUTH_URL: hosts.auth,
        RESOURCE_URL: hosts.resource,
        ...(hosts.kraken !== undefined && { KRAKEN_URL: hosts.kraken }),
        PAUSE_SECONDS: String(comparisonTiming.pause.toSeconds()),
      },
    });
    const { permissions, lambda } = this.function;
    this.function.grant(['secretsmanager:GetSecretValue'], apiSecret.secret.secretArn);
    states.grantCompare(permissions);
    history?.grantReadErasures(permissions);
    encryption?.grantUse(permissions, 'secretsmanager', 'dynamodb');
    const daily = new Rule(this, 'Daily', {
      description: 'Compares the table with Fractal',
      schedule: Schedule.cron({ hour: String(comparisonTiming.hour), minute: String(comparisonTiming.minute) }),
      targets: [new FunctionTarget(lambda)],
    });
    acknowledge(
      daily,
      'The event has no content. If it is lost, the next day has another, and doctor says that there was no comparison.',
      [...inPacks('EventBusDLQ', SERVERLESS)],
    );
  }
}

const HOUR = Duration.hours(1);
/** A day, in which there is one comparison, and an hour. The alarm stays until the next. */
const HOURS = 25;

/** The alarms on what the comparison has found, and on comparisons that failed. */
export const comparisonAlarms = (
  { healable }: ComparisonMetrics,
  { function: { lambda } }: DailyComparison,
): readonly AlarmDefinition[] => [
  {
    name: 'differs-from-fractal',
    description:
      'Fractal says something else than the table about at least one user, for minutes: a webhook was lost. The command reconcile shows and heals it.',
    metric: healable.with({ period: HOUR, statistic: Stats.MAXIMUM }),
    threshold: 1,
    datapointsToAlarm: 1,
    evaluationPeriods: HOURS,
  },
  {
    name: 'not-compared',
    description:
      'The daily comparison with Fractal failed, and so did its retries. Nothing is lost; a lost webhook would not be noticed.',
    metric: lambda.metricErrors({ period: HOUR, statistic: Stats.SUM }),
    // Lambda retries twice, within minutes. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    threshold: 3,
    datapointsToAlarm: 1,
    evaluationPeriods: HOURS,
  },
];
