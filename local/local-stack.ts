import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT_ID, physicalName, pseudoParameters, REGION } from './account.ts';
import type { Alarm, AlarmState } from './cloudwatch/alarm.ts';
import { createSentCounts, lambdaMetric, putApiMetrics, putQueueMetrics, putTableMetrics } from './cloudwatch/aws-metrics.ts';
import { createCloudWatch } from './cloudwatch/cloudwatch.ts';
import type { Graph, Widget } from './console/graphs.ts';
import type { Tally } from './endpoint/tally.ts';
import { createCloudFormation } from './engines/cloudformation.ts';
import type { DeliveredEvent } from './engines/delivered-event.ts';
import { createEventSourceMappings } from './engines/event-source-mappings.ts';
import { createEventBridge } from './engines/eventbridge.ts';
import { createLambda } from './engines/lambda.ts';
import { createEventTargets } from './event-targets.ts';
import { type Authorization, createAuthorization } from './iam/authorization.ts';
import { eventCreators } from './resources/events.ts';
import { functionCreators, type LogLine } from './resources/function.ts';
import { NOT_RUN } from './resources/gaps.ts';
import { createQueue } from './resources/queue.ts';
import { createSecret, type InitialSecret } from './resources/secret.ts';
import { createTable } from './resources/table.ts';
import { createSubscription, createTopic } from './resources/topic.ts';
import { accessLogLine } from './runtime/access-log.ts';
import { type Exchange, startGateway } from './runtime/gateway.ts';
import type { LocalFunction } from './runtime/local-function.ts';
import { startTracing } from './runtime/tracing.ts';
import { startServices } from './services.ts';
import { readAssembly } from './template/assembly.ts';
import { type Creator, type LeaveOut, type Resolution, resolveTemplate } from './template/resolve.ts';
import { mappingsOf, routesOf, stageOf } from './wiring.ts';

export interface LocalStackOptions {
  /** The folder of the synthesized app. */
  readonly assembly: string;
  /** Default: the stack that contains a receiver. */
  readonly stackName?: string | undefined;
  /** Called for each resource that cannot run locally. Without it, such a resource is an error. */
  readonly leaveOut?: LeaveOut | undefined;
  /** The port of the webhook; 0 for any free one. */
  readonly port: number;
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly dataDir: string | undefined;
  readonly secret: InitialSecret;
  /** In seconds. Default: the template's. */
  readonly visibilityTimeout: number | undefined;
  onExchange(exchange: Exchange): void;
  onLine(line: string): void;
  /** Called for each line that CloudWatch Logs would store. */
  onLog(line: string): void;
  /** Called when an alarm changes its state and its topic's policy allows the notification. */
  onAlarm(alarm: Alarm, state: AlarmState): void;
  /** Called for each event that EventBridge accepted. */
  onEvent(event: DeliveredEvent): void;
  /** Counts the outcomes in the functions' logs. */
  readonly outcomes: Tally;
}

export interface LocalStack {
  readonly endpointUrl: string;
  readonly region: string;
  /** The outputs of the CloudFormation stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The widgets of the template's dashboard, and the values of its graphs. */
  widgets(): readonly Widget[];
  graphs(): readonly Graph[];
  stop(): Promise<void>;
}

/** Runs the synthesized template on this machine. If the start fails, everything that was started is stopped. */
export const startLocalStack = async (options: LocalStackOptions): Promise<LocalStack> => {
  await using starting = new AsyncDisposableStack();
  const { stackName, template, assetFolder } = await readAssembly(options.assembly, options.stackName);
  const idsOf = (wanted: string) => Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === wanted ? [id] : []));
  let accessLog = { logGroup: '', format: '' };
  const gateway = await startGateway(options.port, (exchange) => {
    for (const apiId of idsOf('AWS::ApiGatewayV2::Api')) putApiMetrics(cloudwatch.put, apiId, exchange);
    cloudwatch.logged(accessLog.logGroup, accessLogLine(accessLog.format, exchange.context));
    options.onExchange(exchange);
  });
  starting.defer(() => gateway.stop());
  const { endpoint, sqs, secrets, subscriptions, streams } = await startServices(options, starting);

  let authorization: Authorization | undefined;
  const sent = createSentCounts();
  const cloudwatch = createCloudWatch({
    sample: (put) => {
      for (const name of idsOf('AWS::SQS::Queue').map((id) => physicalName(stackName, id))) {
        putQueueMetrics(put, name, { ...sqs.depthOf(name), sent: sent.take(name) });
      }
    },
    notify: (topicArn, alarm, state) => {
      const refusal = authorization?.refusalOfService('cloudwatch.amazonaws.com', { action: 'sns:Publish', resource: topicArn });
      if (refusal) options.onLine(refusal);
      else options.onAlarm(alarm, state);
      return refusal;
    },
  });
  starting.defer(cloudwatch.stop);
  endpoint.observers.push(sent.observe, (request, answer) => putTableMetrics(cloudwatch.put, request, answer));

  const mayDo = (functionId: string, actions: string[], resource: string): boolean => {
    const refusals = actions.flatMap((action) => authorization?.refusalOf(functionId, { action, resource }) ?? []);
    for (const refusal of refusals) options.onLine(refusal);
    return refusals.length === 0;
  };
  const log = ({ text, logGroup, from }: LogLine): void => {
    const stream = `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${logGroup}:log-stream:local`;
    if (!mayDo(from, ['logs:CreateLogStream', 'logs:PutLogEvents'], stream)) return;
    cloudwatch.logged(logGroup, text);
    options.onLog(text);
    options.onLine(text);
  };
  const tracing = await startTracing((functionId) =>
    mayDo(functionId, ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'),
  );
  starting.defer(tracing.stop);

  const functions: LocalFunction[] = [];
  const serving = idsOf('AWS::Lambda::Alias').map((id) => template.Resources[id]?.Properties?.FunctionName as { Ref: string });
  const client = { endpoint: endpoint.url, region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const sqsClient = new SQSClient(client);
  const queueNames = idsOf('AWS::SQS::Queue').map((id) => physicalName(stackName, id));
  const eventBridge = createEventBridge({
    refusesEntry: endpoint.refusesEntry,
    onEvent: options.onEvent,
    send: createEventTargets({
      sqs: sqs.serve,
      endpointUrl: endpoint.url,
      functions,
      // Only queues of the template have policies here.
      refusalOf: (call) =>
        queueNames.includes(call.resource.split(':').at(-1) ?? '')
          ? authorization?.refusalOfService('events.amazonaws.com', call)
          : undefined,
      say: options.onLine,
    }),
  });
  endpoint.services.set('events', eventBridge.serve);
  const table = createTable(new DynamoDBClient(client), streams, stackName);
  const creators: Record<string, Creator> = {
    ...NOT_RUN,
    ...cloudwatch.creators,
    ...functionCreators({
      stackName,
      endpointUrl: endpoint.url,
      tracing,
      assetFolder,
      faultOf: endpoint.faultOf,
      isServing: (logicalId) => serving.some(({ Ref }) => Ref === logicalId),
      onLine: log,
      onMetric: (name, functionName) => cloudwatch.put(lambdaMetric(name, functionName), 1),
      onStarted: (started) => {
        functions.push(started);
        starting.defer(() => started.stop());
      },
    }),
    'AWS::DynamoDB::Table': table,
    'AWS::DynamoDB::GlobalTable': table,
    ...eventCreators(eventBridge, stackName),
    'AWS::SQS::Queue': createQueue(sqsClient, { ...options, stackName, endpointUrl: endpoint.url }),
    'AWS::SecretsManager::Secret': createSecret(secrets, stackName, options.secret),
    'AWS::SNS::Topic': createTopic(subscriptions, stackName),
    'AWS::SNS::Subscription': createSubscription(subscriptions),
    'AWS::ApiGatewayV2::Api': (id) => ({ ref: id, attributes: { ApiEndpoint: gateway.url } }),
  };
  const creatorOf = (type: string): Creator => {
    const creator = creators[type];
    if (!creator) throw new Error(`the local stack does not support ${type}`);
    return creator;
  };
  const { leaveOut } = options;
  const { resources, outputs: deployed } = await resolveTemplate(template, pseudoParameters(stackName), creatorOf, leaveOut);
  const outputs = atHome(deployed, resources, gateway.url);
  authorization = createAuthorization(resources, leaveOut);
  endpoint.guards.push(authorization.refuse);
  const views: Record<string, () => unknown> = {
    outcomes: options.outcomes.counts,
    processes: () => functions.map(({ code, pids }) => ({ name: code.name, pids: pids() })),
    alarms: cloudwatch.states,
    metrics: cloudwatch.names,
    permissions: authorization.seen,
    policies: authorization.policies,
    people: authorization.people,
    traces: tracing.traces,
    events: eventBridge.events,
  };
  for (const [name, view] of Object.entries(views)) endpoint.views.set(name, view);
  const mappings = createEventSourceMappings(
    mappingsOf(resources, {
      functions,
      endpointUrl: endpoint.url,
      streams,
      mayDo,
      leaveOut,
      onAge: (functionName, ms) => cloudwatch.put(lambdaMetric('IteratorAge', functionName), ms),
    }),
  );
  starting.defer(() => mappings.stop());
  endpoint.services.set('cloudformation', createCloudFormation(stackName, outputs));
  endpoint.services.set('cloudwatch', cloudwatch.serve);
  endpoint.services.set('lambda', createLambda(functions, mappings.serve));
  const stage = stageOf(resources);
  accessLog = stage.accessLog;
  gateway.throttle = stage.throttle;
  gateway.routes.push(...routesOf(resources, functions, leaveOut));
  cloudwatch.start();

  const running = starting.move();
  const { widgets, graphs } = cloudwatch;
  return { endpointUrl: endpoint.url, region: REGION, outputs, widgets, graphs, stop: () => running.disposeAsync() };
};

/** The outputs, with URLs of a custom domain replaced by the local URL. */
const atHome = (outputs: Resolution['outputs'], resources: Resolution['resources'], url: string): Resolution['outputs'] => {
  const domains = [...resources.values()].filter(({ type }) => type === 'AWS::ApiGatewayV2::DomainName');
  const replaced = (value: string) =>
    domains.reduce((text, { properties }) => text.replace(`https://${properties.DomainName}`, url), value);
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, replaced(value)]));
};
