import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, inPacks, SERVERLESS } from '../acknowledge.ts';
import { batchSize, queueTiming, visibilityTimeout } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { createQueue } from './create-queue.ts';

export interface NotificationQueuesProps {
  readonly removalPolicy: RemovalPolicy;
  readonly settings: Settings;
  readonly key: IKey | undefined;
}

/** The queue between ingest and apply, and the dead-letter queue for messages that apply gave up on or ingest parked. */
export class NotificationQueues extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, { removalPolicy, settings, key }: NotificationQueuesProps) {
    super(scope, id);
    this.deadLetterQueue = createQueue(this, 'DeadLetterQueue', {
      key,
      removalPolicy,
      retentionPeriod: queueTiming.deadLetterRetention,
    });
    acknowledge(this.deadLetterQueue, 'This is the dead-letter queue.', inPacks('SQSRedrivePolicy', SERVERLESS));
    this.queue = createQueue(this, 'Queue', {
      key,
      removalPolicy,
      visibilityTimeout: visibilityTimeout(settings),
      retentionPeriod: Duration.days(settings.queueRetentionDays),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: queueTiming.attempts },
    });
  }

  /** Grants sending to both queues. */
  grantSend(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn, this.deadLetterQueue.queueArn],
    });
  }

  /** Grants what Lambda's poller needs to consume the queue with the function's role (AWS). */
  grantConsume(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resourceArns: [this.queue.queueArn],
    });
  }

  /** Makes the queue an event source of the function, which reports failed messages one by one. */
  feed(consumer: IFunction, settings: Settings): EventSourceMapping {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer,
      eventSourceArn: this.queue.queueArn,
      batchSize: batchSize(settings),
      maxBatchingWindow: Duration.seconds(settings.batchWindowSeconds),
      reportBatchItemFailures: true,
      // Messages stay on the queue instead of being received and then throttled.
      maxConcurrency: settings.applyConcurrency,
    });
    acknowledge(
      mapping,
      'Lambda does not support an on-failure destination for SQS (AWS). The redrive policy of the queue moves failed messages to the dead-letter queue.',
      inPacks('LambdaEventSourceMappingDestination', SERVERLESS),
    );
    return mapping;
  }
}
