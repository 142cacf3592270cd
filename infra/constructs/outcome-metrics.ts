import { Stack } from 'aws-cdk-lib';
import { type Metric, Stats, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface OutcomeMetricsProps {
  readonly ingest: ILogGroup;
  readonly apply: ILogGroup;
  readonly publish: ILogGroup | undefined;
  readonly access: ILogGroup;
}

/**
 * What becomes of requests and messages, counted by CloudWatch from the lines that are logged anyway: a metric of its own would
 * cost another line each. The namespace is the stack's name. What an alarm counts is logged as a warning at least.
 */
export class OutcomeMetrics extends Construct {
  readonly parked: Metric;
  /** Refused, for it had no signature. */
  readonly unsigned: Metric;
  /** Refused, for no token of the secret had signed it. */
  readonly mismatched: Metric;
  /** Answered 429 by API Gateway, which has no metric of that. */
  readonly throttled: Metric;
  readonly secretUnreadable: Metric;
  readonly applied: Metric;
  readonly duplicate: Metric;
  readonly stale: Metric;
  readonly failed: Metric;
  /** Events that the bus took; without change events, none. */
  readonly published: Metric | undefined;
  /** Milliseconds from receipt to table, of the slowest in each batch. */
  readonly lag: Metric;

  constructor(scope: Construct, id: string, { ingest, apply, publish, access }: OutcomeMetricsProps) {
    super(scope, id);
    this.parked = this.count('Parked', ingest, '{ $.message = "parked" }');
    this.unsigned = this.count('Unsigned', ingest, '{ $.message = "refused" && $.error = "signature_missing" }');
    this.mismatched = this.count('Mismatched', ingest, '{ $.message = "refused" && $.error = "signature_mismatch" }');
    this.throttled = this.count('Throttled', access, '{ $.status = "429" }');
    this.secretUnreadable = this.count('SecretUnreadable', ingest, '{ $.message = "unavailable" && $.missing = "tokens" }');
    this.applied = this.sum('Applied', apply, '$.applied.n');
    this.duplicate = this.sum('Duplicate', apply, '$.duplicate.n');
    this.stale = this.sum('Stale', apply, '$.stale.n');
    this.failed = this.sum('Failed', apply, '$.failed.n');
    this.published = publish && this.sum('Published', publish, '$.published.n');
    this.lag = this.filter('Lag', apply, '{ $.lag_ms >= 0 }', '$.lag_ms', Unit.MILLISECONDS, Stats.MAXIMUM);
  }

  private count = (name: string, logGroup: ILogGroup, pattern: string): Metric => this.filter(name, logGroup, pattern, '1');

  private sum = (name: string, logGroup: ILogGroup, field: string): Metric =>
    this.filter(name, logGroup, `{ ${field} > 0 }`, field);

  private filter(
    name: string,
    logGroup: ILogGroup,
    pattern: string,
    metricValue: string,
    unit = Unit.COUNT,
    statistic: string = Stats.SUM,
  ): Metric {
    const filter = new MetricFilter(this, name, {
      logGroup,
      filterPattern: FilterPattern.literal(pattern),
      metricNamespace: Stack.of(this).stackName,
      metricName: name,
      metricValue,
      unit,
    });
    return filter.metric({ statistic });
  }
}
