import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toAsciiJson } from '../core/json.ts';
import type { Dependencies } from './publish.ts';

/** AWS: the maximum size of a message, in bytes. */
const BYTES_AT_MOST = 1_048_576;

/**
 * The queue for records that could not be published. Each message has the problem and the whole record, or without its images if
 * they are too large for a message. A retry reads the current item from the table.
 */
export const createUnpublishedQueue = (client: SQSClient, QueueUrl: string): Dependencies['setAside'] => {
  return async ({ sequenceNumber: _, before, after, ...record }, problem) => {
    const whole = toAsciiJson({ v: 1, problem, ...record, before, after });
    const MessageBody = whole.length <= BYTES_AT_MOST ? whole : toAsciiJson({ v: 1, problem, ...record });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  };
};
