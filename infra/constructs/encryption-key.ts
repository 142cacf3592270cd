import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/** A key of the account's own, rotated once a year, for all that holds data. It outlives the stack with the data. */
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
    // Alarms publish to the topic, which is encrypted with it too.
    this.letUse('cloudwatch.amazonaws.com', { StringEquals: { 'aws:SourceAccount': account } });
  }

  /**
   * For sending to and receiving from encrypted queues, reading the secret, and reading and writing the table (AWS: both ways
   * each), through these services and not by itself.
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
