import { CloudWatchClient, type Metric, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { KRAKEN } from '../../functions/core/kraken.ts';
import { CAUSES, ENTRIES, type Refusal } from '../../functions/core/refusal.ts';
import type { Target } from '../target.ts';

const MINUTE_S = 60;

export interface Counted {
  readonly why: Refusal;
  readonly count: number;
}

/** Deliveries within a period. */
export interface SignatureCounts {
  /** Fractal's that were accepted or parked: none of `doctor`, `send` or the release check. */
  readonly accepted: number;
  /** Refused because of their signature. */
  readonly refused: number;
  /** The causes of these, most frequent first, and last the deliveries without one. */
  readonly causes: readonly Counted[];
}

/**
 * @param namespace the namespace of the stack's own metrics
 * @param from,until the period in epoch milliseconds: at least a minute, at most a day
 */
export const countSignatures = async (
  { client }: Target,
  namespace: string,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<SignatureCounts> => {
  const named = (MetricName: string): Metric => ({ Namespace: namespace, MetricName });
  const metrics = [
    named('Acknowledged'),
    named('Own'),
    named('Mismatched'),
    ...REFUSALS.map((why) => causeMetric(namespace, why)),
  ];
  const pages = paginateGetMetricData(
    { client: new CloudWatchClient(client) },
    {
      StartTime: new Date(from),
      EndTime: new Date(until),
      MetricDataQueries: metrics.map((metric, index) => ({
        Id: `m${index}`,
        // CloudWatch aligns longer periods with the clock.
        MetricStat: { Metric: metric, Period: MINUTE_S, Stat: 'Sum' },
      })),
    },
  );
  const sums = new Map<string | undefined, number>();
  // Stryker disable next-line ArrayDeclaration: what is no result has no id that is read.
  for await (const { MetricDataResults = [] } of pages) {
    for (const { Id, Values = [] } of MetricDataResults)
      sums.set(
        Id,
        Values.reduce((sum, value) => sum + value, sums.get(Id) ?? 0),
      );
  }
  const [acknowledged = 0, own = 0, refused = 0, ...causes] = metrics.map((_, index) => sums.get(`m${index}`) ?? 0);
  return {
    accepted: Math.max(0, acknowledged - own),
    refused,
    causes: REFUSALS.map((why, index) => ({ why, count: causes[index] ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((one, other) => rankOf(other) - rankOf(one)),
  };
};

const rankOf = ({ why, count }: Counted): number => (why.cause === 'not_examined' ? 0 : count);

const causeMetric = (namespace: string, { cause, entry, type }: Refusal): Metric => ({
  Namespace: namespace,
  MetricName: 'Cause',
  Dimensions: Object.entries({ Cause: cause, Entry: entry, Type: type }).map(([Name, Value]) => ({ Name, Value })),
});

/** The causes that are about one of the two products. */
const isPossible = ({ cause, entry, type }: Refusal): boolean => {
  if (cause === 'classic_token') return type === KRAKEN && entry !== KRAKEN;
  if (cause === 'kraken_token') return entry === KRAKEN && type !== KRAKEN && type !== 'none';
  if (cause === 'sha1') return type === KRAKEN || (type === 'none' && entry === KRAKEN);
  return cause !== 'other_type' || type !== KRAKEN;
};

const WITHOUT_TYPE = ['client_secret', 'not_examined'];
const WITHOUT_ENTRY = ['unknown', 'not_examined'];

/**
 * All that can be counted. They are named, because ListMetrics shows a new metric after up to 15 minutes. GetMetricData allows 500
 * at once. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export const REFUSALS: readonly Refusal[] = CAUSES.flatMap((cause) =>
  ENTRIES.filter((entry) => (entry === 'none') === WITHOUT_ENTRY.includes(cause)).flatMap((entry) =>
    ENTRIES.filter((type) => type !== '*' && type !== 'other' && (type === 'none' || !WITHOUT_TYPE.includes(cause)))
      .map((type): Refusal => ({ cause, entry, type }))
      .filter(isPossible),
  ),
);
