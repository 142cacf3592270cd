import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/** A customer managed key for everything that holds data. It is rotated once a year, and kept when the data is kept. */
export class EncryptionKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy, { changeEvents }: Pick<Settings, 'changeEvents'>) {
    super(scope, id);
    const { stackName, region, partition, account, urlSuffix } = Stack.of(this);
    this.key = new Key(this, 'Key', { description: `Data of ${stackName}`, enableKeyRotation: true, removalPolicy });

    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    this.letUse(`logs.${region}.${urlSuffix}`, {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
    });
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
    if (changeEvents) this.letUse('events.amazonaws.com', { StringEquals: { 'aws:SourceAccount': account } });
    // Alarms publish to the topic, which is encrypted with this key.
    this.letUse('cloudwatch.amazonaws.com', { StringEquals: { 'aws:SourceAccount': account } });
  }

  /**
   * Lets it use the encrypted queues, secret or table, through these services only. AWS: each needs both actions, to read and to
   * write.
   */
  grantUse(grantee: IGrantable, ...services: readonly ('sqs' | 'secretsmanager' | 'dynamodb')[]): void {
    const { region, urlSuffix } = Stack.of(this);
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resourceArns: [this.key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.${urlSuffix}`) } },
    });
  }

  private letUse(service: string, conditions: Record<string, Record<string, string>>): void {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(service)],
        actions: USE,
        resources: ['*'],
        conditions,
      }),
    );
  }
}
