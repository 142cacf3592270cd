import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type EventSourceMappingConfiguration, LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { span } from '../../functions/words/span.ts';
import type { EventParts, Target } from '../target.ts';

const LATELY_MS = 15 * 60_000;
const PERIOD_S = 60;
// A healthy publish is behind by less than a second.
const BEHIND_MS = 60_000;

/** A sentence about the changes that wait in the table's stream, and what to do. */
export interface Backlog {
  readonly says: string;
  readonly remedy: string;
}

/** The event source mapping of an ARN; `undefined` if there is none. */
export const mappingOf = async (
  { client }: Target,
  EventSourceArn: string | undefined,
): Promise<EventSourceMappingConfiguration | undefined> => {
  const pages = paginateListEventSourceMappings({ client: new LambdaClient(client) }, { EventSourceArn });
  for await (const { EventSourceMappings: [first] = [] } of pages) if (first) return first;
  return undefined;
};

/** Why a function's event source mapping does not invoke it; `undefined` if it does. @param name the function, for people */
export const mappingProblem = (
  { awsOptions, deployAgain }: Target,
  mapping: EventSourceMappingConfiguration | undefined,
  name: string,
): Backlog | undefined => {
  if (!mapping) return { says: `${name} has no event source mapping`, remedy: deployAgain };
  if (mapping.State === 'Enabled') return undefined;
  const enable = `aws lambda update-event-source-mapping --uuid ${mapping.UUID} --enabled${awsOptions}`;
  return { says: `the event source mapping of ${name} is not enabled: ${mapping.State}`, remedy: `Enable it: ${enable}` };
};

/** Why changes wait in the stream; `undefined` if none is known to. */
export const streamBacklog = async (target: Target, { streamArn }: EventParts): Promise<Backlog | undefined> => {
  const mapping = await mappingOf(target, streamArn);
  const problem = mappingProblem(target, mapping, 'publish');
  if (problem) return problem;
  // Stryker disable next-line OptionalChaining,StringLiteral: without a problem there is a mapping, and what names no function has no metric.
  const behindMs = await lastIteratorAge(target, mapping?.FunctionArn ?? '');
  if (behindMs === undefined || behindMs < BEHIND_MS) return undefined;
  return {
    says: `changes have waited ${span(behindMs)} in the stream, which keeps them for a day`,
    remedy: 'See events-behind in oncall/RUNBOOK.md.',
  };
};

/** The age in milliseconds of the changes that publish received last; `undefined` if it received none lately. */
const lastIteratorAge = async ({ client }: Target, functionArn: string): Promise<number | undefined> => {
  // Stryker disable next-line ArrayDeclaration: the first element is not read.
  const [, name] = /:function:([^:]+)/.exec(functionArn) ?? [];
  const now = Date.now();
  const MetricStat = {
    Metric: { Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Dimensions: [{ Name: 'FunctionName', Value: name }] },
    Period: PERIOD_S,
    Stat: 'Maximum',
  };
  // Stryker disable next-line ArrayDeclaration: what is no result has no values.
  const { MetricDataResults: [result] = [] } = await new CloudWatchClient(client).send(
    new GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'age', MetricStat }],
      StartTime: new Date(now - LATELY_MS),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
    }),
  );
  return result?.Values?.[0];
};
