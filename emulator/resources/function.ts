import { functionArn, physicalName, REGION } from '../aws/account.ts';
import { NO_PROFILES } from '../aws/isolation.ts';
import type { Fault } from '../faults/fault.ts';
import { invokeWith } from '../faults/invocations.ts';
import type { FunctionCode } from '../runtime/function-process.ts';
import { type LocalFunction, startFunction } from '../runtime/local-function.ts';
import type { Tracing } from '../runtime/tracing.ts';
import type { Creator, Properties } from '../template/resolve.ts';

/** A log line of a function. */
export interface LogLine {
  readonly text: string;
  readonly logGroup: string;
  /** The function's logical id. */
  readonly from: string;
  /** The variables of the function. */
  readonly environment: FunctionCode['environment'];
  /** Whether its level is that of the function's logs, or above. */
  readonly isKept: boolean;
}

export interface FunctionOptions {
  readonly stackName: string;
  readonly endpointUrl: string;
  readonly tracing: Tracing;
  /** Values of environment variables, instead of those of the template. */
  readonly environment: Readonly<Record<string, string>>;
  assetFolder(s3Key: string): string;
  onStarted(started: LocalFunction): void;
  onLine(line: LogLine): void;
  /** Whether the function with this logical id serves traffic, and so is started at once. */
  isServing(logicalId: string): boolean;
  /** The fault to inject into the next invocation, if any. */
  faultOf(logicalId: string): Fault | undefined;
  /** Called for each data point of Lambda's own metrics, such as `Errors`. */
  onMetric(name: string, functionName: string): void;
}

/** AWS::Lambda::Function, which runs the bundled asset with the template's settings, and its version and alias. */
export const functionCreators = (options: FunctionOptions): Readonly<Record<string, Creator>> => ({
  'AWS::Lambda::Function': async (logicalId, properties) => {
    const { stackName, onStarted, onMetric, faultOf } = options;
    const name = physicalName(stackName, logicalId);
    const started = await start(logicalId, name, properties, options);
    const nextFault = () => faultOf(logicalId);
    onStarted(measured(started, properties.ReservedConcurrentExecutions, nextFault, (metric) => onMetric(metric, name)));
    return { ref: name, attributes: { Arn: functionArn(name) } };
  },
  'AWS::Lambda::Version': (_, { FunctionName }) => ({ ref: `${functionArn(FunctionName)}:1`, attributes: { Version: '1' } }),
  'AWS::Lambda::Alias': (_, { FunctionName, Name }) => ({ ref: `${functionArn(FunctionName)}:${Name}` }),
});

const start = (
  logicalId: string,
  name: string,
  { Runtime, Code, Handler, Timeout, MemorySize, Environment, LoggingConfig = {}, TracingConfig, DeadLetterConfig }: Properties,
  { endpointUrl, tracing, environment, assetFolder, isServing, onLine }: FunctionOptions,
): Promise<LocalFunction> => {
  const [, wanted] = /^nodejs(\d+)\.x$/.exec(Runtime) ?? [];
  if (wanted === undefined) throw new Error(`its runtime is ${Runtime ?? 'a container image'}, and only Node.js is supported`);
  if (Number(wanted) > Number.parseInt(process.versions.node, 10)) {
    throw new Error(`${logicalId} requires Node.js ${wanted}, but this is Node.js ${process.versions.node}`);
  }
  if (Code.S3Key === undefined) throw new Error('its code is inline or a container image, and only assets are supported');
  const traced = TracingConfig?.Mode === 'Active';
  const { LogGroup = `/aws/lambda/${name}`, LogFormat = 'Text', ApplicationLogLevel } = LoggingConfig;
  const variables = {
    ...Environment?.Variables,
    ...Object.fromEntries(Object.entries(environment).filter(([variable]) => variable in (Environment?.Variables ?? {}))),
  };
  return startFunction(
    {
      name,
      folder: assetFolder(Code.S3Key),
      handler: Handler,
      timeoutMs: (Timeout ?? 3) * 1_000,
      memoryMiB: MemorySize ?? 128,
      environment: {
        ...variables,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL: endpointUrl,
        ...NO_PROFILES,
        AWS_XRAY_DAEMON_ADDRESS: tracing.daemonAddress,
        // The endpoint identifies callers by access key. DynamoDB Local accepts letters and digits only.
        AWS_ACCESS_KEY_ID: logicalId,
        AWS_SECRET_ACCESS_KEY: 'local',
      },
      logsErrors: LogFormat === 'Text',
      deadLetterQueueArn: DeadLetterConfig?.TargetArn,
      beginTrace: traced ? (event) => tracing.begin(logicalId, event) : undefined,
    },
    (text) =>
      onLine({
        text,
        logGroup: LogGroup,
        from: logicalId,
        environment: variables,
        isKept: isKept(text, ApplicationLogLevel),
      }),
    !isServing(logicalId),
  );
};

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

// Lambda drops JSON lines below the configured level. Lines without a level count as INFO.
const isKept = (text: string, least: string | undefined): boolean => {
  if (least === undefined) return true;
  const [, level = 'INFO'] = /^\{.*?"level":"(\w+)"/.exec(text) ?? [];
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
};

/** Puts Lambda's metrics, and throttles invocations beyond the reserved concurrency. */
const measured = (
  started: LocalFunction,
  concurrency: number = Number.POSITIVE_INFINITY,
  nextFault: () => Fault | undefined,
  onMetric: (name: string) => void,
): LocalFunction => {
  let underWay = 0;
  return {
    ...started,
    invoke: async (event) => {
      const fault = nextFault();
      const injected = fault?.fault === 'throttle';
      if (injected || underWay >= concurrency) {
        onMetric('Throttles');
        const reason = injected ? 'injected fault' : `${started.code.name} has reached its reserved concurrency of ${underWay}`;
        throw new Error(`TooManyRequestsException: ${reason}`);
      }
      underWay += 1;
      onMetric('Invocations');
      try {
        return await invokeWith(fault, started, event);
      } catch (error) {
        onMetric('Errors');
        throw error;
      } finally {
        underWay -= 1;
      }
    },
  };
};
