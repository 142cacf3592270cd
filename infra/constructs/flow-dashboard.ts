import { Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, type IWidget, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ChangeEvents } from './change-events.ts';
import { dashboardName } from './dashboard-link.ts';
import type { DeadLetterWidget } from './dead-letter-widget.ts';
import { behindOf } from './event-alarms.ts';
import type { Forwarding } from './forwarding.ts';
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
}

/** The dashboard: dead letters; the flow from left to right (receiving, queues, applying, publishing); durations; and costs. */
export class FlowDashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { api, outcomes, queue, deadLetterQueue, ingest, apply, table, changes, forwarding, deadLetters }: Flow,
  ) {
    super(scope, id);
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
      new GraphWidget({ title, left, right, width: changes ? 6 : 8, height: 6, period: Duration.minutes(5) });
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
          graph('Applied', [
            named(outcomes.applied, 'applied'),
            named(outcomes.duplicate, 'duplicate'),
            named(outcomes.stale, 'stale'),
            named(outcomes.contested, 'contested'),
            named(outcomes.failed, 'failed'),
          ]),
          ...(changes && outcomes.published
            ? [
                graph('Published', [
                  named(outcomes.published, 'events'),
                  named(changes.unpublished.metricApproximateNumberOfMessagesVisible(), 'not published', Stats.MAXIMUM),
                  ...(outcomes.forwarded ? [named(outcomes.forwarded.done, 'taken by the backend')] : []),
                  ...(forwarding
                    ? [named(forwarding.unforwarded.metricApproximateNumberOfMessagesVisible(), 'not taken', Stats.MAXIMUM)]
                    : []),
                ]),
              ]
            : []),
        ],
        [
          graph('Response time (ms)', [
            named(api.latency, 'median', Stats.p(50)),
            named(api.latency, '99th percentile', Stats.p(99)),
          ]),
          graph('Time from receipt to table (ms)', [named(outcomes.lag, 'slowest', Stats.MAXIMUM)]),
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
