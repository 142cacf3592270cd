import { CloudWatchClient, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { comparisonMetric, DIFFERENCES } from '../../functions/core/comparison.ts';
import { DIFFERENCE_WORDS } from '../../functions/words/difference-words.ts';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';

const CHECK = 'comparison';
const MINUTE_S = 60;
/** A day, in which there is one comparison, and the time that it takes. */
const WITHIN_MS = 26 * 3_600_000;
const COUNTS = ['same', 'healable', ...DIFFERENCES] as const;

/**
 * What the daily comparison with Fractal has found last.
 *
 * @param namespace the namespace of the stack's own metrics
 */
export const checkComparison = async (target: Target, namespace: string): Promise<Finding> => {
  const counts = await lastCounts(target, namespace);
  const { same, healable = 0 } = counts;
  if (same === undefined)
    return unknown(
      CHECK,
      'the daily comparison with Fractal has not succeeded in 26 hours',
      `After a deployment, wait a day. Otherwise compare: ${CALLED} reconcile${target.options}`,
    );
  const differences = DIFFERENCES.flatMap((what) => (counts[what] ? [`, ${counts[what]} ${DIFFERENCE_WORDS[what]}`] : []));
  const says = `with Fractal: ${same} the same${differences.join('')}`;
  return healable > 0 ? wrong(CHECK, says, `Show and heal them: ${CALLED} reconcile${target.options}`) : ok(CHECK, says);
};

/** The counts of the latest comparison; `same` is missing if there was none. */
const lastCounts = async ({ client }: Target, namespace: string): Promise<Partial<Record<(typeof COUNTS)[number], number>>> => {
  const now = Date.now();
  const pages = paginateGetMetricData(
    { client: new CloudWatchClient(client) },
    {
      StartTime: new Date(now - WITHIN_MS),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: COUNTS.map((what) => ({
        Id: what,
        MetricStat: { Metric: { Namespace: namespace, MetricName: comparisonMetric(what) }, Period: MINUTE_S, Stat: 'Maximum' },
      })),
    },
  );
  const latest = new Map<string, { readonly at: number; readonly value: number }>();
  for await (const { MetricDataResults = [] } of pages) {
    for (const { Id = '', Values: [value] = [], Timestamps: [at] = [] } of MetricDataResults)
      if (value !== undefined && at && !latest.has(Id)) latest.set(Id, { at: at.getTime(), value });
  }
  const compared = latest.get('same')?.at;
  // What an earlier comparison has counted is of no interest.
  return Object.fromEntries(
    COUNTS.flatMap((what) => (latest.get(what)?.at === compared ? [[what, latest.get(what)?.value]] : [])),
  );
};
