import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { CALLED } from '../called.ts';
import { queueAttributes } from '../queue-attributes.ts';
import type { EventParts, Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

/** Whether apply is fed from the queue. */
export const checkMapping = async (target: Target): Promise<Finding> => {
  const { QueueArn } = await queueAttributes(target, target.queueUrl);
  return checkFed(target, 'mapping', QueueArn, 'apply is fed from the queue', 'apply is not fed from the queue');
};

/** Whether publish is fed from the table. */
export const checkStream = (target: Target, { streamArn }: EventParts): Promise<Finding> =>
  checkFed(target, 'stream', streamArn, 'publish is fed from the table', 'publish is not fed from the table');

const checkFed = async (
  target: Target,
  check: string,
  EventSourceArn: string | undefined,
  fed: string,
  notFed: string,
): Promise<Finding> => {
  const mappings = [];
  const pages = paginateListEventSourceMappings({ client: new LambdaClient(target.client) }, { EventSourceArn });
  for await (const { EventSourceMappings = [] } of pages) mappings.push(...EventSourceMappings);
  const [mapping] = mappings;
  if (!mapping) return wrong(check, `${notFed}: nothing takes anything from there`, target.deployAgain);
  if (mapping.State === 'Enabled') return well(check, fed);
  const enable = `aws lambda update-event-source-mapping --uuid ${mapping.UUID} --enabled${target.awsOptions}`;
  return wrong(check, `${notFed}: ${mapping.State}`, `Switch it on: ${enable}`);
};

/** Whether every change was published. */
export const checkUnpublished = async (target: Target, { unpublishedQueueUrl }: EventParts): Promise<Finding> => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
    target,
    unpublishedQueueUrl,
  );
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return well('unpublished', 'none');
  return wrong(
    'unpublished',
    `${count} could not be published`,
    `See what they are: ${CALLED} events unpublished${target.options}`,
  );
};

/** Whether nobody has to look after anything. */
export const checkDeadLetters = async (target: Target): Promise<Finding> => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
    target,
    target.deadLetterQueueUrl,
  );
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return well('dead letters', 'none');
  return wrong('dead letters', `${count} on the dead-letter queue`, `See what they are: ${CALLED} dlq list${target.options}`);
};
