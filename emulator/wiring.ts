import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { functionNameIn, logGroupIn, REGION } from './aws/account.ts';
import type { TableStreams } from './engines/dynamodb/table-stream.ts';
import { createDiscard } from './engines/lambda/discard.ts';
import { readFilter } from './engines/lambda/event-filter.ts';
import type { MappingDefinition } from './engines/lambda/event-source-mappings.ts';
import { POLLER_LIMITS, startPoller } from './engines/lambda/poller.ts';
import { startStreamPoller } from './engines/lambda/stream-poller.ts';
import type { S3Engine } from './engines/s3/s3.ts';
import type { Route } from './runtime/gateway.ts';
import type { LocalFunction } from './runtime/local-function.ts';
import { createThrottle } from './runtime/throttle.ts';
import { type LeaveOut, ofType, type Properties, type Resolution } from './template/resolve.ts';

type Functions = readonly LocalFunction[];
type Resources = Resolution['resources'];

/** The result of `make` as a list. On an error, calls `leaveOut` and returns an empty list; without `leaveOut`, throws. */
const tolerated = <T>(what: string, make: () => T, leaveOut: LeaveOut | undefined): T[] => {
  try {
    return [make()];
  } catch (error) {
    if (!leaveOut) throw error;
    leaveOut(what, (error as Error).message);
    return [];
  }
};

/** The routes of the template's HTTP API: route → integration → function. Each must exist and be permitted. */
export const routesOf = (resources: Resources, functions: Functions, leaveOut?: LeaveOut): Route[] =>
  ofType(resources, 'AWS::ApiGatewayV2::Route').flatMap(([, { properties: route }]) =>
    tolerated(`the route ${route.RouteKey}`, () => routeOf(route, resources, functions), leaveOut),
  );

const routeOf = ({ RouteKey, Target }: Properties, resources: Resources, functions: Functions): Route => {
  const integration = resources.get(String(Target).replace('integrations/', ''))?.properties;
  const target = functionFor(functions, integration?.IntegrationUri);
  if (!target || integration?.PayloadFormatVersion !== '2.0') {
    throw new Error(`The route ${RouteKey} must target a function with payload format 2.0`);
  }
  const permitted = ofType(resources, 'AWS::Lambda::Permission').some(
    ([, { properties }]) =>
      functionFor(functions, properties.FunctionName) === target && properties.Principal === 'apigateway.amazonaws.com',
  );
  if (!permitted) throw new Error(`API Gateway is not permitted to invoke ${target.code.name} for the route ${RouteKey}`);
  return { routeKey: RouteKey, target, timeoutMs: integration.TimeoutInMillis ?? 30_000 };
};

/** The throttle and the access log of the API's stage. */
export const stageOf = (resources: Resources) => {
  const [[, stage] = []] = ofType(resources, 'AWS::ApiGatewayV2::Stage');
  const { DefaultRouteSettings = {}, AccessLogSettings = {} } = stage?.properties ?? {};
  const { ThrottlingRateLimit = 10_000, ThrottlingBurstLimit = 5_000 } = DefaultRouteSettings;
  const { DestinationArn = '', Format = '' } = AccessLogSettings;
  return {
    throttle: createThrottle(ThrottlingRateLimit, ThrottlingBurstLimit),
    accessLog: {
      logGroup: logGroupIn(String(DestinationArn)),
      format: String(Format),
    },
  };
};

/** What the mappings need in addition to the template. */
export interface MappingDependencies {
  readonly functions: Functions;
  readonly endpointUrl: string;
  readonly streams: TableStreams;
  readonly s3: Pick<S3Engine, 'putObject'>;
  /** Whether a function has these permissions. Prints the refusal if not. */
  mayDo(functionId: string, actions: string[], resource: string): boolean;
  onAge(functionName: string, ms: number): void;
  readonly leaveOut: LeaveOut | undefined;
}

/** The template's event source mappings: queue → function, and stream of a table → function. */
export const mappingsOf = (resources: Resources, dependencies: MappingDependencies): MappingDefinition[] =>
  ofType(resources, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { properties: mapping }]) =>
    tolerated(`the event source mapping ${id}`, () => mappingOf(id, mapping, resources, dependencies), dependencies.leaveOut),
  );

const mappingOf = (
  id: string,
  mapping: Properties,
  resources: Resources,
  dependencies: MappingDependencies,
): MappingDefinition => {
  const table = [...resources.values()].find(({ created }) => created.attributes?.StreamArn === mapping.EventSourceArn);
  if (table) return streamMapping(id, mapping, table.created.ref, dependencies);
  const { functions, endpointUrl } = dependencies;
  const { EventSourceArn, FunctionName, BatchSize, MaximumBatchingWindowInSeconds = 0, FunctionResponseTypes = [] } = mapping;
  const queue = [...resources.values()].find(
    ({ type, created }) => type === 'AWS::SQS::Queue' && created.attributes?.Arn === EventSourceArn,
  );
  const target = functionFor(functions, FunctionName);
  if (!queue || !target) throw new Error(`The event source mapping from ${EventSourceArn} to ${FunctionName} is not supported`);
  const visibilityTimeout = queue.properties.VisibilityTimeout ?? 30;
  if (visibilityTimeout * 1_000 < target.code.timeoutMs) {
    throw new Error(`Lambda refuses a queue whose visibility timeout (${visibilityTimeout} s) is shorter than its function's`);
  }
  // Lambda polls with the permissions of the function's role.
  const credentials = { accessKeyId: target.code.environment.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' };
  const sqs = new SQSClient({ endpoint: endpointUrl, region: REGION, credentials, requestHandler: POLLER_LIMITS });
  const settings = {
    queueUrl: queue.created.ref,
    queueArn: EventSourceArn,
    region: REGION,
    batchSize: BatchSize ?? 10,
    windowMs: MaximumBatchingWindowInSeconds * 1_000,
    reportsFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
    isWanted: readFilter(mapping.FilterCriteria),
  };
  return { id, sourceArn: EventSourceArn, functionName: FunctionName, start: () => startPoller(sqs, target, settings) };
};

const streamMapping = (
  id: string,
  mapping: Properties,
  tableName: string,
  { functions, streams, s3, mayDo, onAge }: MappingDependencies,
): MappingDefinition => {
  const {
    EventSourceArn,
    FunctionName,
    BatchSize = 100,
    FunctionResponseTypes = [],
    BisectBatchOnFunctionError = false,
    MaximumRecordAgeInSeconds = -1,
    DestinationConfig,
  } = mapping;
  const target = functionFor(functions, FunctionName);
  if (!target) throw new Error(`The event source mapping from ${EventSourceArn} to ${FunctionName} is not supported`);
  const { name, environment } = target.code;
  const role = environment.AWS_ACCESS_KEY_ID ?? '';
  const [, bucket] = /^arn:aws:s3:::(.+)$/.exec(DestinationConfig?.OnFailure?.Destination ?? '') ?? [];
  const discard = bucket === undefined ? async () => {} : createDiscard(s3, { functionName: name, mappingId: id, bucket });
  const settings = {
    tableName,
    streamArn: EventSourceArn,
    region: REGION,
    batchSize: BatchSize,
    reportsFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
    bisects: BisectBatchOnFunctionError,
    isWanted: readFilter(mapping.FilterCriteria),
    discardAfterMs: MaximumRecordAgeInSeconds < 0 ? Number.POSITIVE_INFINITY : MaximumRecordAgeInSeconds * 1_000,
    // Lambda writes with the permissions of the function's role.
    discard: async (event: DynamoDBStreamEvent) => {
      if (
        bucket === undefined ||
        (mayDo(role, ['s3:PutObject'], `arn:aws:s3:::${bucket}/any`) && mayDo(role, ['s3:ListBucket'], `arn:aws:s3:::${bucket}`))
      )
        await discard(event);
    },
    mayRead: () =>
      mayDo(role, ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords'], EventSourceArn) &&
      mayDo(role, ['dynamodb:ListStreams'], '*'),
    onAge: (ms: number) => onAge(name, ms),
  };
  return {
    id,
    sourceArn: EventSourceArn,
    functionName: FunctionName,
    start: () => startStreamPoller(streams, target, settings),
  };
};

/** A function by its name or ARN, with or without an alias. */
const functionFor = (functions: Functions, reference: string): LocalFunction | undefined =>
  functions.find(({ code }) => code.name === functionNameIn(reference));
