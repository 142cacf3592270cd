import { type CfnElement, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI, SERVERLESS } from '../acknowledge.ts';
import { publishTiming } from '../limits.ts';
import type { BundledFunction } from './bundled-function.ts';

export interface DiscardedChangesProps {
  readonly removalPolicy: RemovalPolicy;
  /** Gets a message for each batch. */
  readonly unpublished: Queue;
}

/**
 * A bucket for the batches that Lambda discards from the table's stream because publish has failed on them for a day. A queue would get
 * only pointers to records that the stream no longer has; a bucket gets the records.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export class DiscardedChanges extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { removalPolicy, unpublished }: DiscardedChangesProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      // Not encrypted with customerManagedKey: like the queue, it is needed on the day that key can't be used.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy,
      lifecycleRules: [{ expiration: publishTiming.unpublishedRetention, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    // The property of the CDK adds a function and a custom resource for this. A queue as the destination would get a test message with
    // each deployment that creates it, which triggers its alarm.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    (this.bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    const rule = new Rule(this, 'Rule', {
      description: 'A batch of changes that could not be published',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [this.bucket.bucketName] } },
      },
      targets: [new SqsQueue(unpublished)],
    });
    acknowledge(rule, 'EventBridge retries for a day to send to a queue of this stack.', inPacks('EventBusDLQ', SERVERLESS));
    acknowledge(
      this.bucket,
      'It is empty unless publish has failed for a day. Lambda writes each object once, and it expires after 14 days; the table has the state.',
      [
        ...['AwsSolutions-S1', 'CKV_AWS_18', 'CKV_AWS_21'],
        ...['S3BucketLoggingEnabled', 'S3BucketVersioningEnabled', 'S3BucketReplicationEnabled'].flatMap((rule) =>
          inPacks(rule, NIST, HIPAA, PCI),
        ),
      ],
    );
    acknowledge(
      this.bucket,
      'Encrypted with the key of S3, because it is needed on the day that customerManagedKey cannot be used.',
      inPacks('S3DefaultEncryptionKMS', NIST, HIPAA, PCI),
    );
  }

  /** The finding of the rule packs about permissions for all objects of the bucket. */
  get objectsFound(): string {
    return `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnElement)}.Arn>/*]`;
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
  grantWrite(publish: BundledFunction): void {
    publish.grant(['s3:PutObject'], this.bucket.arnForObjects('*'));
    publish.grant(['s3:ListBucket'], this.bucket.bucketArn);
  }
}
