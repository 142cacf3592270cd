import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Dependencies } from './publish.ts';

/** The queue for records that could not be published. Each message has the whole record and the problem. */
export const createUnpublishedQueue = (client: SQSClient, QueueUrl: string): Dependencies['setAside'] => {
  return async ({ sequenceNumber: _, ...record }, problem) => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ v: 1, problem, ...record }) }));
  };
};
