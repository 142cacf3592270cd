import { RemovalPolicy } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { applyTiming, queueTiming } from '../timing.ts';

// SQS's own largest. An envelope of the largest body that ingest takes has up to 768 KiB.
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The queue between the two functions, and the dead-letter queue: for what apply gave up, and for what ingest parked. They outlive the stack. */
export class NotificationQueues extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      ...common,
      retentionPeriod: queueTiming.deadLetterRetention,
    });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: queueTiming.visibilityTimeout,
      retentionPeriod: queueTiming.retention,
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

  /**
   * Feeds the function with batches, each message of which it may report as failed.
   *
   * @param concurrency how many batches at once, at most: what Lambda would have to refuse is not even taken from the queue
   */
  feed(consumer: LambdaFunction, concurrency: number): void {
    // What Lambda's poller needs of the function's role, by its documentation.
    const grant = Grant.addToPrincipal({
      grantee: consumer,
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resourceArns: [this.queue.queueArn],
    });
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer,
      eventSourceArn: this.queue.queueArn,
      batchSize: applyTiming.batchSize,
      maxBatchingWindow: applyTiming.batchWindow,
      reportBatchItemFailures: true,
      maxConcurrency: concurrency,
    });
    grant.applyBefore(mapping);
  }
}
