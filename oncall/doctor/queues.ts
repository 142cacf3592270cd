import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

/** Whether apply is fed from the queue. */
export const checkMapping = async ({ client, queueUrl }: Target): Promise<Finding> => {
  const { Attributes } = await new SQSClient(client).send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
  );
  const mappings = [];
  const pages = paginateListEventSourceMappings({ client: new LambdaClient(client) }, { EventSourceArn: Attributes?.QueueArn });
  for await (const { EventSourceMappings = [] } of pages) mappings.push(...EventSourceMappings);
  const [mapping] = mappings;
  if (!mapping) return wrong('mapping', 'nothing takes messages from the queue', 'Deploy the stack again: npx cdk deploy');
  if (mapping.State === 'Enabled') return well('mapping', 'apply is fed from the queue');
  const enable = `aws lambda update-event-source-mapping --uuid ${mapping.UUID} --enabled`;
  return wrong('mapping', `apply is not fed from the queue: ${mapping.State}`, `Switch it on: ${enable}`);
};

/** Whether nobody has to look after anything. */
export const checkDeadLetters = async ({ client, deadLetterQueueUrl, options }: Target): Promise<Finding> => {
  const { Attributes } = await new SQSClient(client).send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterQueueUrl, AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes ?? {};
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return well('dead letters', 'none');
  return wrong('dead letters', `${count} on the dead-letter queue`, `See what they are: npx fractal-webhooks dlq list${options}`);
};
