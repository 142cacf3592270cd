import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { START } from './called.ts';
import { CannotRunError } from './failure.ts';
import { eventPartsOf, LIMITS, type Target } from './target.ts';

// Whatever the environment or a profile says of AWS: the local endpoint has one form only.
const PLAIN = { useFipsEndpoint: false, useDualstackEndpoint: false } as const;

export interface TargetOptions {
  /** The CloudFormation stack's name; without it, the local stack. */
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly stackFile: string;
}

/** Where the local stack tells what runs where. */
export const DEFAULT_STACK_FILE = resolve(
  import.meta.dirname.includes('node_modules') ? '' : join(import.meta.dirname, '..'),
  '.local/stack.json',
);

const StackFileSchema = v.object({
  webhookUrl: v.string(),
  awsEndpointUrl: v.string(),
  region: v.string(),
  tableName: v.string(),
  secretId: v.string(),
  queueUrl: v.string(),
  deadLetterQueueUrl: v.string(),
  alarmTopicArn: v.string(),
  eventBusName: v.optional(v.string()),
  eventArchiveArn: v.optional(v.string()),
  unpublishedQueueUrl: v.optional(v.string()),
  eventCheckQueueUrl: v.optional(v.string()),
  tableStreamArn: v.optional(v.string()),
});

/** Finds the stack. @throws CannotRunError if there is none */
export const findTarget = async ({ stack, region, stackFile }: TargetOptions): Promise<Target> => {
  if (stack === undefined) return findLocal(stackFile);
  const { findDeployed } = await import('./deployed-stack.ts');
  return findDeployed(stack, region);
};

const findLocal = async (stackFile: string): Promise<Target> => {
  const text = await readFile(stackFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new CannotRunError(
      `No stack: no local one is running, and none was named. Start one with ${START}, or name a deployed one with --stack NAME.`,
    );
  });
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), StackFileSchema), text);
  if (!parsed.success) throw new CannotRunError(`${stackFile} is not the file of a local stack. Remove it, and run ${START}.`);
  const {
    awsEndpointUrl,
    region,
    eventBusName,
    eventArchiveArn,
    unpublishedQueueUrl,
    eventCheckQueueUrl,
    tableStreamArn,
    ...target
  } = parsed.output;
  return {
    ...target,
    events: eventPartsOf({
      busName: eventBusName,
      archiveArn: eventArchiveArn,
      unpublishedQueueUrl,
      checkQueueUrl: eventCheckQueueUrl,
      streamArn: tableStreamArn,
    }),
    concurrencyNeeded: 0,
    lagMs: 0,
    options: '',
    awsOptions: ` --endpoint-url ${awsEndpointUrl} --region ${region}`,
    deployAgain: `Stop the local stack, and start it again: ${START}`,
    remedy: (change) => `${change} in infra/installations.ts, and start the local stack again: ${START}`,
    client: {
      ...LIMITS,
      ...PLAIN,
      endpoint: awsEndpointUrl,
      region,
      credentials: { accessKeyId: 'oncall', secretAccessKey: 'local' },
    },
  };
};
