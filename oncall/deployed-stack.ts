import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import * as v from 'valibot';
import { CannotRunError } from './failure.ts';
import { eventPartsOf, LIMITS, releaseOf, type Target } from './target.ts';

const LAG_MS = 60_000;

const OutputsSchema = v.object({
  WebhookUrl: v.string(),
  TableName: v.string(),
  SecretId: v.string(),
  QueueUrl: v.string(),
  DeadLetterQueueUrl: v.string(),
  AlarmTopicArn: v.string(),
  EventBusName: v.optional(v.string()),
  EventArchiveArn: v.optional(v.string()),
  UnpublishedQueueUrl: v.optional(v.string()),
  EventCheckQueueUrl: v.optional(v.string()),
  EventListenerQueueUrl: v.optional(v.string()),
  TableStreamArn: v.optional(v.string()),
  ConcurrencyNeeded: v.pipe(v.string(), v.digits(), v.toNumber()),
});

// The counts of an emulator do not lag.
const isOnThisMachine = (url: string | undefined): boolean => /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url ?? '');

/** The deployed stack with this name. @throws CannotRunError if there is none, or if it is not a fractal-webhooks stack */
export const findDeployed = async (stack: string, region: string | undefined): Promise<Target> => {
  const client = { ...LIMITS, ...(region !== undefined && { region }) };
  const { Stacks } = await new CloudFormationClient(client)
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: Error) => {
      if (!/does not exist/.test(error.message)) throw error;
      throw new CannotRunError(
        `There is no stack "${stack}" in this account and region. List the stacks with: aws cloudformation list-stacks`,
      );
    });
  const outputs: Readonly<Record<string, string>> = Object.fromEntries(
    Stacks?.[0]?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]) ?? [],
  );
  const parsed = v.safeParse(OutputsSchema, outputs);
  if (!parsed.success) throw new CannotRunError(`The stack "${stack}" is not a fractal-webhooks stack: its outputs are missing.`);
  const { WebhookUrl, TableName, SecretId, QueueUrl, DeadLetterQueueUrl, AlarmTopicArn, ConcurrencyNeeded } = parsed.output;
  return {
    webhookUrl: WebhookUrl,
    tableName: TableName,
    secretId: SecretId,
    queueUrl: QueueUrl,
    deadLetterQueueUrl: DeadLetterQueueUrl,
    alarmTopicArn: AlarmTopicArn,
    events: eventPartsOf({
      busName: parsed.output.EventBusName,
      archiveArn: parsed.output.EventArchiveArn,
      unpublishedQueueUrl: parsed.output.UnpublishedQueueUrl,
      checkQueueUrl: parsed.output.EventCheckQueueUrl,
      listenerQueueUrl: parsed.output.EventListenerQueueUrl,
      streamArn: parsed.output.TableStreamArn,
    }),
    release: releaseOf(outputs.Release, outputs.NotificationTypes),
    outputs,
    concurrencyNeeded: ConcurrencyNeeded,
    lagMs: isOnThisMachine(process.env.AWS_ENDPOINT_URL) ? 0 : LAG_MS,
    deployed: true,
    options: ` --stack ${stack}${region === undefined ? '' : ` --region ${region}`}`,
    awsOptions: region === undefined ? '' : ` --region ${region}`,
    deployAgain: `Redeploy the stack: npm run cdk -- deploy ${stack}`,
    recreate: `npm run cdk -- deploy ${stack} --revert-drift`,
    remedy: (change) => `${change} in infra/installations.ts, and deploy: npm run cdk -- deploy ${stack}`,
    client,
  };
};
