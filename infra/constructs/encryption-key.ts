import { Annotations, type RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Effect, Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

const USE = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

export interface EncryptionKeyProps {
  readonly settings: Pick<Settings, 'changeEvents'>;
  readonly removalPolicy: RemovalPolicy;
  /** A key of the team, or its ARN. `true` is a new one, which is rotated once a year, and kept when the data is kept. */
  readonly given: IKey | string | true;
}

/** A customer managed key for everything that holds data, with the permissions that AWS services need. */
export class EncryptionKey extends Construct {
  readonly key: IKey;

  constructor(scope: Construct, id: string, { settings: { changeEvents }, removalPolicy, given }: EncryptionKeyProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.key =
      given === true
        ? new Key(this, 'Key', { description: `Data of ${stack.stackName}`, enableKeyRotation: true, removalPolicy })
        : typeof given === 'string'
          ? Key.fromKeyArn(this, 'Key', given)
          : given;
    const added = statementsFor(stack, changeEvents).map((one) => this.key.addToResourcePolicy(one).statementAdded);
    if (added.includes(false)) {
      const place = {
        partition: known(stack.partition, 'aws'),
        region: known(stack.region, 'REGION'),
        account: known(stack.account, 'ACCOUNT_ID'),
        urlSuffix: known(stack.urlSuffix, 'amazonaws.com'),
      };
      const statements = stack.resolve(statementsFor(place, changeEvents).map((one) => one.toStatementJson()));
      Annotations.of(this).addWarningV2(
        'fractal-webhooks:keyPolicy',
        `The policy of the key can't be changed from here. It must have these statements:\n${JSON.stringify(statements, null, 2)}`,
      );
    }
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
}

type Place = Pick<Stack, 'partition' | 'region' | 'account' | 'urlSuffix'>;

const known = (value: string, placeholder: string): string => (Token.isUnresolved(value) ? placeholder : value);

/** What the key's policy must allow AWS services. */
const statementsFor = ({ partition, region, account, urlSuffix }: Place, changeEvents: boolean): PolicyStatement[] => {
  const onBehalfOfAccount = { StringEquals: { 'aws:SourceAccount': account } };
  const deliveringLogs = { StringLike: { 'kms:EncryptionContext:SourceArn': `arn:${partition}:logs:${region}:${account}:*` } };
  return [
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    letUse(`logs.${region}.${urlSuffix}`, {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
    }),
    // Alarms publish to the topic, which is encrypted with this key.
    letUse('cloudwatch.amazonaws.com', onBehalfOfAccount),
    ...(changeEvents
      ? [
          // For bus and archive. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
          letUse('events.amazonaws.com', onBehalfOfAccount),
          // For an encrypted queue as a target, EventBridge does not support aws:SourceAccount.
          // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
          letUse('events.amazonaws.com', {
            ArnLike: { 'kms:EncryptionContext:aws:sqs:arn': `arn:${partition}:sqs:${region}:${account}:*` },
          }),
          // For the log of the bus. https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-bus-logs.html
          letUse('events.amazonaws.com', deliveringLogs, ['kms:GenerateDataKey']),
          letUse('delivery.logs.amazonaws.com', deliveringLogs, ['kms:Decrypt', 'kms:GenerateDataKey']),
        ]
      : []),
  ];
};

const letUse = (service: string, conditions: Record<string, Record<string, string>>, actions = USE): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal(service)],
    actions,
    resources: ['*'],
    conditions,
  });
