import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, inPacks, SERVERLESS } from '../acknowledge.ts';
import { batchSize, queueTiming, visibilityTimeout } from '../limits.ts';
import type { Settings } from '../settings.ts';

// SQS's own largest. An envelope of the largest body that ingest takes has up to 768 KiB.
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** What all queues have in common: encryption, TLS, and room for the largest message. */
export const queueDefaults = ({ removalPolicy, key }: Pick<NotificationQueuesProps, 'removalPolicy' | 'key'>): QueueProps => ({
  ...(key
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }
    : { encryption: QueueEncryption.SQS_MANAGED }),
  enforceSSL: true,
  maxMessageSizeBytes: MAX_MESSAGE_BYTES,
  removalPolicy,
});

export interface NotificationQueuesProps {
  readonly removalPolicy: RemovalPolicy;
  readonly settings: Settings;
  readonly key: IKey | undefined;
}

/** The queue between the two functions, and the dead-letter queue: for what apply gave up, and for what ingest parked. */
export class NotificationQueues extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, { removalPolicy, settings, key }: NotificationQueuesProps) {
    super(scope, id);
    const common = queueDefaults({ removalPolicy, key });
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      ...common,
      retentionPeriod: queueTiming.deadLetterRetention,
    });
    acknowledge(this.deadLetterQueue, 'This is the dead-letter queue.', inPacks('SQSRedrivePolicy', SERVERLESS));
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: visibilityTimeout(settings),
      retentionPeriod: Duration.days(settings.queueRetentionDays),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: queueTiming.attempts },
    });
  }

  /** Lets it send to both queues, and no more. */
  grantSend(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn, this.deadLetterQueue.queueArn],
    });
  }

  /** Lets it take messages off the queue: what Lambda's poller needs of the function's role, by its documentation. */
  grantConsume(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resourceArns: [this.queue.queueArn],
    });
  }

  /** Feeds the function with batches, each message of which it may report as failed. */
  feed(consumer: IFunction, settings: Settings): EventSourceMapping {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer,
      eventSourceArn: this.queue.queueArn,
      batchSize: batchSize(settings),
      maxBatchingWindow: Duration.seconds(settings.batchWindowSeconds),
      reportBatchItemFailures: true,
      // What Lambda would have to refuse is not even taken from the queue.
      maxConcurrency: settings.applyConcurrency,
    });
    acknowledge(
      mapping,
      'Lambda has no destination for what fails from a queue (AWS): the redrive policy of the queue moves it to the dead-letter queue.',
      inPacks('LambdaEventSourceMappingDestination', SERVERLESS),
    );
    return mapping;
  }
}
