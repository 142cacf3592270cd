import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { CALLED } from '../called.ts';
import { queueAttributes } from '../queue-attributes.ts';
import type { EventParts, Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

/** Whether apply's event source mapping is enabled. */
export const checkMapping = async (target: Target): Promise<Finding> => {
  const { QueueArn } = await queueAttributes(target, target.queueUrl);
  return checkEventSource(target, 'mapping', QueueArn, 'apply');
};

/** Whether publish's event source mapping is enabled. */
export const checkStream = (target: Target, { streamArn }: EventParts): Promise<Finding> =>
  checkEventSource(target, 'stream', streamArn, 'publish');

const checkEventSource = async (
  target: Target,
  check: string,
  EventSourceArn: string | undefined,
  name: string,
): Promise<Finding> => {
  const mappings = [];
  const pages = paginateListEventSourceMappings({ client: new LambdaClient(target.client) }, { EventSourceArn });
  for await (const { EventSourceMappings = [] } of pages) mappings.push(...EventSourceMappings);
  const [mapping] = mappings;
  if (!mapping) return wrong(check, `${name} has no event source mapping`, target.deployAgain);
  if (mapping.State === 'Enabled') return well(check, `the event source mapping of ${name} is enabled`);
  const enable = `aws lambda update-event-source-mapping --uuid ${mapping.UUID} --enabled${target.awsOptions}`;
  return wrong(check, `the event source mapping of ${name} is not enabled: ${mapping.State}`, `Enable it: ${enable}`);
};

/** Whether every change was published. */
export const checkUnpublished = async (target: Target, { unpublishedQueueUrl }: EventParts): Promise<Finding> => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
    target,
    unpublishedQueueUrl,
  );
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return well('unpublished', 'none');
  return wrong('unpublished', `${count} could not be published`, `List them: ${CALLED} events unpublished${target.options}`);
};

/** Whether the dead-letter queue is empty. */
export const checkDeadLetters = async (target: Target): Promise<Finding> => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
    target,
    target.deadLetterQueueUrl,
  );
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return well('dead letters', 'none');
  return wrong('dead letters', `${count} on the dead-letter queue`, `List them: ${CALLED} dlq list${target.options}`);
};
