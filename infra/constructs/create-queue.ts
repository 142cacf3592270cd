import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

// The SQS maximum. An envelope of the largest body that ingest accepts has up to 768 KiB.
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface StackQueueProps extends QueueProps {
  /** The customer managed key; `undefined` for the key of SQS. */
  readonly key: IKey | undefined;
}

/** Creates a queue with what all queues have: encryption, TLS, and the maximum message size. */
export const createQueue = (scope: Construct, id: string, { key, ...props }: StackQueueProps): Queue => {
  const queue = new Queue(scope, id, {
    ...props,
    ...(key
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }
      : { encryption: QueueEncryption.SQS_MANAGED }),
    enforceSSL: true,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
  });
  if (!key)
    acknowledge(queue, 'Encrypted with the key of SQS (SqsManagedSseEnabled), which this rule does not know.', ['CKV_AWS_27']);
  return queue;
};
