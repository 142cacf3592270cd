import { pseudoParameters, REGION } from './aws/account.ts';
import { lambdaMetric, putApiMetrics } from './cloudwatch/aws-metrics.ts';
import type { Graph, Widget } from './cloudwatch/graphs.ts';
import { createCloudFormation } from './engines/cloudformation.ts';
import { createEventSourceMappings } from './engines/lambda/event-source-mappings.ts';
import { createLambda } from './engines/lambda/lambda.ts';
import type { QueueContents } from './engines/sqs/fauxqs.ts';
import { createEventBus } from './event-bus.ts';
import { createAuthorization } from './iam/authorization.ts';
import { createPermissions } from './iam/permissions.ts';
import { createMonitoring } from './monitoring.ts';
import type { StackOptions } from './options.ts';
import { dataCreators } from './resources/data.ts';
import { eventCreators } from './resources/events.ts';
import { functionCreators } from './resources/function.ts';
import { NOT_RUN } from './resources/gaps.ts';
import { accessLogLine } from './runtime/access-log.ts';
import { startGateway } from './runtime/gateway.ts';
import type { LocalFunction } from './runtime/local-function.ts';
import { startTracing } from './runtime/tracing.ts';
import { startServices } from './services.ts';
import { idsOf, readAssembly, type Template } from './template/assembly.ts';
import { type Creator, type Resolution, resolveTemplate } from './template/resolve.ts';
import { mappingsOf, routesOf, stageOf } from './wiring.ts';

/** A stack that runs on this machine. */
export interface RunningStack {
  readonly endpointUrl: string;
  readonly region: string;
  /** The outputs of the CloudFormation stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The widgets of the template's dashboard, and the values of its graphs. */
  widgets(): readonly Widget[];
  graphs(): readonly Graph[];
  /** The messages of a queue, without receiving them. */
  queue(url: string): QueueContents;
  /** The ARNs of queues, and of tables' streams, from which a function does not read: its mapping is disabled. */
  disabledSources(): readonly string[];
  /** A value of `GET /_local/<name>`, such as the faults. */
  view(name: string): unknown;
  stop(): Promise<void>;
}

/** Runs the synthesized template on this machine. If the start fails, everything that was started is stopped. */
export const startStack = async (options: StackOptions): Promise<RunningStack> => {
  await using starting = new AsyncDisposableStack();
  const assembly = await readAssembly(options.assembly, options.stack);
  const gateway = await startGateway(options.port);
  starting.defer(() => gateway.stop());
  const services = await startServices(options, starting);
  const permissions = createPermissions((line) => options.onLine?.(line));
  const cloudwatch = createMonitoring(assembly, services, permissions, options, starting);
  const tracing = await startTracing(permissions.mayTrace);
  starting.defer(tracing.stop);

  const { stackName, template } = assembly;
  const { endpoint } = services;
  const functions: LocalFunction[] = [];
  const eventBridge = createEventBus(assembly, services, permissions, functions, options, cloudwatch.logged);
  endpoint.services.set('events', eventBridge.serve);
  services.s3.onEvent = (event) => eventBridge.rules.route('default', event);
  const creators: Readonly<Record<string, Creator>> = {
    ...NOT_RUN,
    ...Object.fromEntries((options.notRun ?? []).map((type): [string, Creator] => [type, (id) => ({ ref: id })])),
    ...cloudwatch.creators,
    ...functionCreators({
      ...assembly,
      endpointUrl: endpoint.url,
      tracing,
      environment: options.environment ?? {},
      faultOf: endpoint.faultOf,
      isServing: servingIn(template),
      onLine: (line) => {
        const { text, logGroup, from } = line;
        const isKept = line.isKept && permissions.mayLog(from, logGroup);
        if (isKept) cloudwatch.logged(logGroup, text);
        options.onFunctionLine?.({ ...line, isKept });
      },
      onMetric: (name, functionName) => cloudwatch.put(lambdaMetric(name, functionName), 1),
      onStarted: (started) => {
        functions.push(started);
        starting.defer(() => started.stop());
      },
    }),
    ...eventCreators(eventBridge, stackName, options.unscheduled),
    ...dataCreators(services, stackName, options),
    'AWS::ApiGatewayV2::Api': (id) => ({ ref: id, attributes: { ApiEndpoint: gateway.url } }),
  };
  const creatorOf = (type: string): Creator => {
    const creator = creators[type];
    if (!creator) throw new Error(`the local stack does not support ${type}`);
    return creator;
  };
  const { leaveOut } = options;
  const { resources, outputs: deployed } = await resolveTemplate(template, pseudoParameters(stackName), creatorOf, leaveOut);

  const authorization = createAuthorization(resources, leaveOut);
  permissions.enforce(authorization);
  endpoint.guards.push(authorization.refuse);
  const mappings = createEventSourceMappings(
    mappingsOf(resources, {
      functions,
      endpointUrl: endpoint.url,
      streams: services.streams,
      s3: services.s3,
      mayDo: permissions.mayDo,
      leaveOut,
      onAge: (functionName, ms) => cloudwatch.put(lambdaMetric('IteratorAge', functionName), ms),
    }),
  );
  starting.defer(() => mappings.stop());
  const outputs = withLocalUrl(deployed, resources, gateway.url);
  endpoint.services.set('cloudformation', createCloudFormation(stackName, outputs));
  endpoint.services.set('cloudwatch', cloudwatch.serve);
  endpoint.services.set('lambda', createLambda(functions, mappings.serve));
  endpoint.views.set('events', eventBridge.events);
  for (const [name, view] of Object.entries({
    processes: () => functions.map(({ code, pids }) => ({ name: code.name, pids: pids() })),
    alarms: cloudwatch.states,
    metrics: cloudwatch.names,
    permissions: authorization.seen,
    policies: authorization.policies,
    people: authorization.people,
    traces: tracing.traces,
    ...options.views,
  })) {
    endpoint.views.set(name, view);
  }

  const { throttle, accessLog } = stageOf(resources);
  gateway.throttle = throttle;
  gateway.onExchange = (exchange) => {
    for (const apiId of idsOf(template, 'AWS::ApiGatewayV2::Api')) putApiMetrics(cloudwatch.put, apiId, exchange);
    cloudwatch.logged(accessLog.logGroup, accessLogLine(accessLog.format, exchange.context));
    options.onExchange?.(exchange);
  };
  gateway.routes.push(...routesOf(resources, functions, leaveOut));
  cloudwatch.start();

  const running = starting.move();
  const { widgets, graphs } = cloudwatch;
  return {
    endpointUrl: endpoint.url,
    region: REGION,
    outputs,
    widgets,
    graphs,
    queue: (url) => services.sqs.contentsOf(url.slice(url.lastIndexOf('/') + 1)),
    disabledSources: mappings.disabled,
    view: (name) => endpoint.views.get(name)?.(),
    stop: () => running.disposeAsync(),
  };
};

/** Whether a function has an alias, by its logical id: it then serves requests. */
const servingIn = (template: Template): ((functionId: string) => boolean) => {
  const aliases = idsOf(template, 'AWS::Lambda::Alias').map((id) => template.Resources[id]?.Properties?.FunctionName);
  return (functionId) => aliases.some((name) => (name as { Ref: string }).Ref === functionId);
};

/** The outputs, with URLs of a custom domain replaced by the local URL. */
const withLocalUrl = (outputs: Resolution['outputs'], resources: Resolution['resources'], url: string): Resolution['outputs'] => {
  const domains = [...resources.values()].filter(({ type }) => type === 'AWS::ApiGatewayV2::DomainName');
  const replaced = (value: string) =>
    domains.reduce((text, { properties }) => text.replaceAll(`https://${properties.DomainName}`, url), value);
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, replaced(value)]));
};
