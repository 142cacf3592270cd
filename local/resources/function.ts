import { ACCOUNT_ID, physicalName, REGION } from '../account.ts';
import { type LocalFunction, startFunction } from '../runtime/local-function.ts';
import type { Creator } from '../template/resolve.ts';

export interface FunctionOptions {
  readonly stackName: string;
  readonly endpointUrl: string;
  assetFolder(s3Key: string): string;
  onStarted(arn: string, started: LocalFunction): void;
  onLine(line: string, logGroup: string): void;
  /** What Lambda measures of itself, such as `Errors`. */
  onMetric(name: string, functionName: string): void;
}

/** AWS::Lambda::Function: runs the bundled asset with the environment, the handler, the time and the memory of the template. */
export const createFunction =
  ({ stackName, endpointUrl, assetFolder, onStarted, onLine, onMetric }: FunctionOptions): Creator =>
  async (
    logicalId,
    { Runtime, Code, Handler, Timeout, MemorySize, Environment, LoggingConfig, ReservedConcurrentExecutions },
  ) => {
    const major = process.versions.node.split('.')[0];
    if (Runtime !== `nodejs${major}.x`) throw new Error(`${logicalId} wants ${Runtime}, and this is Node.js ${major}`);
    const name = physicalName(stackName, logicalId);
    const arn = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
    const started = await startFunction(
      {
        name,
        folder: assetFolder(Code.S3Key),
        handler: Handler,
        timeoutMs: Timeout * 1_000,
        memoryMiB: MemorySize,
        environment: {
          ...Environment?.Variables,
          AWS_LAMBDA_FUNCTION_NAME: name,
          AWS_REGION: REGION,
          AWS_ENDPOINT_URL: endpointUrl,
          // The endpoint knows its callers by their access key; DynamoDB Local takes letters and digits only.
          AWS_ACCESS_KEY_ID: logicalId,
          AWS_SECRET_ACCESS_KEY: 'local',
        },
      },
      (line) => onLine(line, LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`),
    );
    onStarted(
      arn,
      measured(started, ReservedConcurrentExecutions, (metric) => onMetric(metric, name)),
    );
    return { ref: name, attributes: { Arn: arn } };
  };

/** Counts what CloudWatch would, and refuses what is above the reserved concurrency, if some is reserved. */
const measured = (
  started: LocalFunction,
  concurrency: number = Number.POSITIVE_INFINITY,
  onMetric: (name: string) => void,
): LocalFunction => {
  let underWay = 0;
  return {
    ...started,
    invoke: async (event) => {
      if (underWay >= concurrency) {
        onMetric('Throttles');
        throw new Error(`TooManyRequestsException: ${started.code.name} runs ${underWay} times already`);
      }
      underWay += 1;
      onMetric('Invocations');
      try {
        return await started.invoke(event);
      } catch (error) {
        onMetric('Errors');
        throw error;
      } finally {
        underWay -= 1;
      }
    },
  };
};
