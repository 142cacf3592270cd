import { Duration, Stack } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  type Metric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ChangeEvents } from './change-events.ts';
import { dashboardName } from './dashboard-link.ts';
import type { DeadLetterWidget } from './dead-letter-widget.ts';
import { behindOf } from './event-alarms.ts';
import type { Forwarding } from './forwarding.ts';
import type { LogGroups } from './log-groups.ts';
import type { ComparisonMetrics, OutcomeMetrics } from './outcome-metrics.ts';
import type { WebhookApi } from './webhook-api.ts';

export interface Flow {
  readonly api: WebhookApi;
  readonly outcomes: OutcomeMetrics;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly ingest: LambdaFunction;
  readonly apply: LambdaFunction;
  readonly table: Table;
  readonly changes: ChangeEvents | undefined;
  readonly forwarding: Forwarding | undefined;
  readonly deadLetters: DeadLetterWidget;
  readonly logs: Pick<LogGroups, 'apply' | 'ofEvents'>;
}

// Each line of apply is about a batch, with the time of its slowest message.
const OUTCOMES = 'sum(applied.n) as applied, sum(duplicate.n) as duplicate, sum(stale.n) as stale';

/** The dashboard: dead letters; the flow from left to right (receiving, queues, applying, publishing); durations; and costs. */
export class FlowDashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { api, outcomes, queue, deadLetterQueue, ingest, apply, table, changes, forwarding, deadLetters, logs }: Flow,
  ) {
    super(scope, id);
    const size = { width: 6, height: 6 };
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
      new GraphWidget({ title, left, right, ...size, period: Duration.minutes(5) });
    const query = (title: string, groups: readonly LogGroup[], stats: string): IWidget =>
      new LogQueryWidget({
        title,
        ...size,
        logGroupNames: groups.map(({ logGroupName }) => logGroupName),
        view: LogQueryVisualizationType.LINE,
        queryLines: [`stats ${stats} by bin(5m)`],
      });
    const named = (metric: Metric, label: string, statistic: string = Stats.SUM) => metric.with({ label, statistic });

    new Dashboard(this, 'Flow', {
      dashboardName: dashboardName(Stack.of(this)),
      widgets: [
        [deadLetters.widget],
        [
          graph('Received', [
            named(api.received, 'requests'),
            outcomes.fromFractal,
            named(outcomes.parked, 'parked'),
            named(outcomes.mismatched, 'invalid signature'),
            named(outcomes.unsigned, 'unsigned'),
            named(outcomes.throttled, 'throttled (429)'),
            named(api.serverErrors, '5xx'),
          ]),
          graph(
            'Waiting',
            [
              named(queue.metricApproximateNumberOfMessagesVisible(), 'on the queue', Stats.MAXIMUM),
              named(deadLetterQueue.metricApproximateNumberOfMessagesVisible(), 'dead letters', Stats.MAXIMUM),
            ],
            [named(queue.metricApproximateAgeOfOldestMessage(), 'age of the oldest message (s)', Stats.MAXIMUM)],
          ),
          query(
            'Applied',
            [logs.apply, ...(logs.ofEvents ? [logs.ofEvents.publish] : [])],
            `${OUTCOMES}${logs.ofEvents ? ', sum(published.n) as events' : ''}`,
          ),
          graph('Not applied, published or taken', [
            named(outcomes.contested, 'contested'),
            named(outcomes.failed, 'failed'),
            ...(changes
              ? [named(changes.unpublished.metricApproximateNumberOfMessagesVisible(), 'not published', Stats.MAXIMUM)]
              : []),
            ...(forwarding
              ? [named(forwarding.unforwarded.metricApproximateNumberOfMessagesVisible(), 'not taken', Stats.MAXIMUM)]
              : []),
          ]),
        ],
        [
          graph('Response time (ms)', [
            named(api.latency, 'median', Stats.p(50)),
            named(api.latency, '99th percentile', Stats.p(99)),
          ]),
          query('Time from receipt to table (ms)', [logs.apply], 'pct(lag_ms, 50) as median, max(lag_ms) as slowest'),
          ...(changes ? [graph('Age of the oldest change (ms)', [named(behindOf(changes), 'oldest', Stats.MAXIMUM)])] : []),
          graph('Errors and throttling', [
            named(ingest.metricErrors(), 'ingest: errors'),
            named(apply.metricErrors(), 'apply: errors'),
            named(apply.metricThrottles(), 'apply: throttled'),
            named(table.metric('WriteThrottleEvents'), 'table: throttled'),
            ...(changes ? [named(changes.publish.lambda.metricErrors(), 'publish: errors')] : []),
          ]),
        ],
        [
          graph('Cost: requests and messages', [
            named(api.received, 'API requests'),
            named(queue.metricNumberOfMessagesSent(), 'messages sent'),
            named(queue.metricNumberOfEmptyReceives(), 'empty receives'),
          ]),
          graph('Cost: duration of the functions (ms)', [
            named(ingest.metricDuration(), 'ingest'),
            named(apply.metricDuration(), 'apply'),
            ...(changes ? [named(changes.publish.lambda.metricDuration(), 'publish')] : []),
          ]),
          graph('Cost: write units of the table', [named(table.metricConsumedWriteCapacityUnits(), 'write units')]),
        ],
        ...(outcomes.comparison ? [[comparisonGraph(outcomes.comparison)]] : []),
      ],
    });
  }
}

/** One value a day. */
const comparisonGraph = ({ same, differences }: ComparisonMetrics): IWidget =>
  new GraphWidget({
    title: 'Compared with Fractal, once a day',
    left: Object.entries(differences).map(([what, metric]) => metric.with({ label: what.replace('_', ' ') })),
    right: [same.with({ label: 'the same' })],
    width: 24,
    height: 6,
    period: Duration.hours(1),
  });
