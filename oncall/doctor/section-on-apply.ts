import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mappingOf } from '../events/stream-backlog.ts';
import { queueAttributes } from '../queue-attributes.ts';
import type { Target } from '../target.ts';
import { alarmsOf } from './alarms.ts';

const LATELY_MS = 15 * 60_000;

// The most specific first.
const SECTIONS = ['apply-crashing', 'apply-throttled', 'table-throttled', 'apply-failing', 'oldest-message'] as const;

/** The section of the runbook on why apply does not write: by its alarms, or by metrics that have not triggered one yet. */
export const sectionOnApply = async (target: Target): Promise<string> => {
  // Stryker disable next-line ArrayDeclaration: what is no alarm is not in ALARM.
  const alarms = await alarmsOf(target).catch(() => []);
  const triggered = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  const section = SECTIONS.find((name) => triggered.some(({ AlarmName }) => AlarmName?.endsWith(`-${name}`)));
  if (section) return section;
  // Stryker disable next-line ArrayDeclaration: what is no count is not above zero.
  const counts = await countsOf(target).catch(() => []);
  return counts.find(({ count }) => count > 0)?.section ?? 'apply-failing';
};

const countsOf = async (target: Target) => {
  const { QueueArn } = await queueAttributes(target, target.queueUrl);
  const mapping = await mappingOf(target, QueueArn);
  // Stryker disable next-line OptionalChaining,StringLiteral,ArrayDeclaration: without a mapping, no metric is found either way.
  const [, name] = /:function:([^:]+)/.exec(mapping?.FunctionArn ?? '') ?? [];
  const wanted = [
    ['Errors', 'apply-crashing'],
    ['Throttles', 'apply-throttled'],
  ] as const;
  const now = Date.now();
  // Stryker disable next-line ArrayDeclaration: what is no result has no id.
  const { MetricDataResults = [] } = await new CloudWatchClient(target.client).send(
    new GetMetricDataCommand({
      StartTime: new Date(now - LATELY_MS),
      EndTime: new Date(now),
      MetricDataQueries: wanted.map(([MetricName]) => ({
        Id: MetricName.toLowerCase(),
        MetricStat: {
          Metric: { Namespace: 'AWS/Lambda', MetricName, Dimensions: [{ Name: 'FunctionName', Value: name }] },
          Period: 60,
          Stat: 'Sum',
        },
      })),
    }),
  );
  return wanted.map(([metric, section]) => {
    // Stryker disable next-line ArrayDeclaration: no text is above zero.
    const { Values = [] } = MetricDataResults.find(({ Id }) => Id === metric.toLowerCase()) ?? {};
    return { section, count: Values.reduce((sum, value) => sum + value, 0) };
  });
};
