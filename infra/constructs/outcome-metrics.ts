import { Stack } from 'aws-cdk-lib';
import { MathExpression, type Metric, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter, type MetricFilterOptions } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { comparisonMetric, DIFFERENCES, type Difference } from '../../functions/core/comparison.ts';
import { CHECK_REQUEST_ID } from '../../functions/core/own-requests.ts';

/** What the daily comparison with Fractal has counted, by the kind of difference. */
export interface ComparisonMetrics {
  readonly same: Metric;
  /** What `reconcile` could heal. */
  readonly healable: Metric;
  readonly differences: Readonly<Record<Difference, Metric>>;
}

export interface OutcomeMetricsProps {
  readonly ingest: ILogGroup;
  readonly apply: ILogGroup;
  readonly ofEvents: { readonly undelivered: ILogGroup } | undefined;
  readonly access: ILogGroup;
  readonly comparison: ILogGroup | undefined;
  readonly forward: ILogGroup | undefined;
}

// Before a release, the release check may get the same answer.
const MISMATCHED = `$.message = "refused" && $.error = "signature_mismatch" && $.apiRequestId != "${CHECK_REQUEST_ID}"`;

/**
 * What ingest has acknowledged, without the requests of the command line. Redriven messages and the release check do not pass
 * the API. `FILL` is for hours in which one of the metrics has no value.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const fromFractal = (acknowledged: Metric, own: Metric): MathExpression =>
  new MathExpression({
    expression: 'FILL(acknowledged, 0) - FILL(own, 0)',
    usingMetrics: { acknowledged, own },
    label: 'accepted or parked, from Fractal',
  });

/**
 * What requests and messages came to, counted by metric filters on existing log lines, because embedded metrics would cost an
 * additional line each. The namespace is the stack's name. Lines that an alarm counts are logged at WARN or above, or in the access
 * log. A metric is charged for the hours in which it has a value, so what happens in each of them is not a metric: the dashboard
 * queries the log.
 */
export class OutcomeMetrics extends Construct {
  /** Fractal's deliveries that were accepted or parked. */
  readonly fromFractal: MathExpression;
  readonly parked: Metric;
  /** Refused because there was no signature. */
  readonly unsigned: Metric;
  /** Refused because no token of the secret matches the signature. */
  readonly mismatched: Metric;
  /** Answered 429 by API Gateway, which has no metric for this. */
  readonly throttled: Metric;
  /** Results of Kraken that contradict others of the same user. */
  readonly contested: Metric;
  readonly failed: Metric;
  /** Events that EventBridge gave up delivering to the target of a rule; `undefined` without change events. */
  readonly undelivered: Metric | undefined;
  /** Attempts to forward an event that have failed for minutes; `undefined` without `forwardTo`. */
  readonly forwardedLate: Metric | undefined;
  /** `undefined` without a daily comparison. */
  readonly comparison: ComparisonMetrics | undefined;

  constructor(scope: Construct, id: string, { ingest, apply, ofEvents, access, comparison, forward }: OutcomeMetricsProps) {
    super(scope, id);
    this.fromFractal = fromFractal(
      this.count('Acknowledged', access, '{ $.status = "202" }'),
      this.count('Own', ingest, '{ $.own IS TRUE }'),
    );
    this.parked = this.count('Parked', ingest, '{ $.message = "parked" }');
    this.unsigned = this.count('Unsigned', ingest, '{ $.message = "refused" && $.error = "signature_missing" }');
    this.mismatched = this.count('Mismatched', ingest, `{ ${MISMATCHED} }`);
    // Read by `doctor`. Each combination that occurs is a metric, and is charged for the hours in which it occurs.
    this.filter('Cause', ingest, `{ ${MISMATCHED} && $.cause = "*" && $.entry = "*" && $.type = "*" }`, '1', {
      dimensions: { Cause: '$.cause', Entry: '$.entry', Type: '$.type' },
    });
    this.throttled = this.count('Throttled', access, '{ $.status = "429" }');
    this.contested = this.sum('Contested', apply, '$.contested.n');
    this.failed = this.sum('Failed', apply, '$.failed.n');
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-logs-schema.html
    this.undelivered = ofEvents && this.count('Undelivered', ofEvents.undelivered, '{ $.message_type = "INVOCATION_FAILURE" }');
    this.comparison = comparison && this.compared(comparison);
    this.forwardedLate = forward && this.count('ForwardedLate', forward, '{ $.late IS TRUE }');
  }

  private compared(logGroup: ILogGroup): ComparisonMetrics {
    const counted = (what: string): Metric =>
      this.filter(comparisonMetric(what), logGroup, `{ $.${what} >= 0 }`, `$.${what}`, {}, Stats.MAXIMUM);
    const differences = Object.fromEntries(DIFFERENCES.map((what) => [what, counted(what)]));
    return {
      same: counted('same'),
      healable: counted('healable'),
      differences: differences as ComparisonMetrics['differences'],
    };
  }

  private count = (name: string, logGroup: ILogGroup, pattern: string): Metric => this.filter(name, logGroup, pattern, '1');

  private sum = (name: string, logGroup: ILogGroup, field: string): Metric =>
    this.filter(name, logGroup, `{ ${field} > 0 }`, field);

  private filter(
    name: string,
    logGroup: ILogGroup,
    pattern: string,
    metricValue: string,
    more: Pick<MetricFilterOptions, 'dimensions'> = {},
    statistic: string = Stats.SUM,
  ): Metric {
    const filter = new MetricFilter(this, name, {
      logGroup,
      filterPattern: FilterPattern.literal(pattern),
      metricNamespace: Stack.of(this).stackName,
      metricName: name,
      metricValue,
      unit: Unit.COUNT,
      ...more,
    });
    return filter.metric({ statistic });
  }
}
