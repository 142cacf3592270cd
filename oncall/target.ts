import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { CannotRunError } from './failure.ts';

/** How a client of the AWS SDK reaches the stack; empty where the SDK finds its own way. */
export interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
  readonly maxAttempts: number;
  readonly requestHandler: Readonly<Record<string, number | boolean>>;
}

// The SDK would wait for ever, and a person does not. In milliseconds.
const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, socketTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

// Whatever the environment or a profile says of AWS: the local endpoint has one form only.
const PLAIN = { useFipsEndpoint: false, useDualstackEndpoint: false } as const;

const COUNTS_LAG_MS = 60_000;

/** The stack that a command works on. */
export interface Target {
  readonly webhookUrl: string;
  readonly tableName: string;
  readonly secretId: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly alarmTopicArn: string;
  /** How many functions must run at once for a burst to be answered, if the account is to have them; 0 if they are set aside. */
  readonly concurrencyNeeded: number;
  /** By how many milliseconds what SQS counts may be late (AWS: a minute). */
  readonly countsLagMs: number;
  /** The options that name it on the command line, for commands that are proposed: ` --stack NAME`. */
  readonly options: string;
  /** The options with which the aws command line reaches it. */
  readonly awsOptions: string;
  /** What to do about a part that is not as the template has it. */
  readonly deployAgain: string;
  /** How to change a setting: "Set alarmEmail". */
  remedy(change: string): string;
  readonly client: ClientSettings;
}

export interface TargetOptions {
  /** The CloudFormation stack's name; without it, the local stack. */
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly stackFile: string;
}

/** Where `npm start` tells what runs where. */
export const DEFAULT_STACK_FILE = resolve(import.meta.dirname, '../.local/stack.json');

const StackFileSchema = v.object({
  webhookUrl: v.string(),
  awsEndpointUrl: v.string(),
  region: v.string(),
  tableName: v.string(),
  secretId: v.string(),
  queueUrl: v.string(),
  deadLetterQueueUrl: v.string(),
  alarmTopicArn: v.string(),
});

const OutputsSchema = v.object({
  WebhookUrl: v.string(),
  TableName: v.string(),
  SecretId: v.string(),
  QueueUrl: v.string(),
  DeadLetterQueueUrl: v.string(),
  AlarmTopicArn: v.string(),
  ConcurrencyNeeded: v.pipe(v.string(), v.digits(), v.toNumber()),
});

/** Finds the stack. @throws CannotRunError if there is none */
export const findTarget = ({ stack, region, stackFile }: TargetOptions): Promise<Target> =>
  stack === undefined ? findLocal(stackFile) : findDeployed(stack, region);

const findLocal = async (stackFile: string): Promise<Target> => {
  const text = await readFile(stackFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new CannotRunError(
      'No stack: no local one is running, and none was named. Start one with npm start, or name a deployed one with --stack NAME.',
    );
  });
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), StackFileSchema), text);
  if (!parsed.success) throw new CannotRunError(`${stackFile} is not the file of a local stack. Remove it, and run npm start.`);
  const { awsEndpointUrl, region, ...target } = parsed.output;
  return {
    ...target,
    concurrencyNeeded: 0,
    countsLagMs: 0,
    options: '',
    awsOptions: ` --endpoint-url ${awsEndpointUrl} --region ${region}`,
    deployAgain: 'Stop the local stack, and start it again: npm start',
    remedy: (change) => `${change} in infra/installations.ts, and start the local stack again: npm start`,
    client: {
      ...LIMITS,
      ...PLAIN,
      endpoint: awsEndpointUrl,
      region,
      credentials: { accessKeyId: 'oncall', secretAccessKey: 'local' },
    },
  };
};

// An emulator counts at once.
const isOnThisMachine = (url: string | undefined): boolean => /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url ?? '');

const findDeployed = async (stack: string, region: string | undefined): Promise<Target> => {
  const client = { ...LIMITS, ...(region !== undefined && { region }) };
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const { Stacks } = await new CloudFormationClient(client)
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: Error) => {
      if (!/does not exist/.test(error.message)) throw error;
      throw new CannotRunError(
        `There is no stack "${stack}" in this account and region. aws cloudformation list-stacks shows those there are.`,
      );
    });
  const outputs = Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
  const parsed = v.safeParse(OutputsSchema, Object.fromEntries(outputs));
  if (!parsed.success) throw new CannotRunError(`The stack "${stack}" is no fractal-webhooks: it lacks the outputs of one.`);
  const { WebhookUrl, TableName, SecretId, QueueUrl, DeadLetterQueueUrl, AlarmTopicArn, ConcurrencyNeeded } = parsed.output;
  return {
    webhookUrl: WebhookUrl,
    tableName: TableName,
    secretId: SecretId,
    queueUrl: QueueUrl,
    deadLetterQueueUrl: DeadLetterQueueUrl,
    alarmTopicArn: AlarmTopicArn,
    concurrencyNeeded: ConcurrencyNeeded,
    countsLagMs: isOnThisMachine(process.env.AWS_ENDPOINT_URL) ? 0 : COUNTS_LAG_MS,
    options: ` --stack ${stack}${region === undefined ? '' : ` --region ${region}`}`,
    awsOptions: region === undefined ? '' : ` --region ${region}`,
    deployAgain: `Deploy it again: npm run cdk -- deploy ${stack}`,
    remedy: (change) => `${change} in infra/installations.ts, and deploy: npm run cdk -- deploy ${stack}`,
    client,
  };
};
