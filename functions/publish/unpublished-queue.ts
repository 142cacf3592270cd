import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Dependencies } from './publish.ts';

/** Where a person finds what could not be published: the whole record, and why. */
export const createUnpublishedQueue = (client: SQSClient, QueueUrl: string): Dependencies['setAside'] => {
  return async ({ sequenceNumber: _, ...record }, problem) => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ v: 1, problem, ...record }) }));
  };
};
