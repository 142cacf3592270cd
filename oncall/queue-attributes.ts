import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Target } from './target.ts';

/** All attributes of a queue. Their values are text, the approximate counts too. */
export const queueAttributes = async ({ client }: Target, queueUrl: string): Promise<Partial<Record<string, string>>> => {
  const { Attributes = {} } = await new SQSClient(client).send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return Attributes;
};
