import { ArnFormat, CfnOutput, Stack, Token } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { NotificationQueues } from './notification-queues.ts';
import type { StateTable } from './state-table.ts';
import type { TokenSecret } from './token-secret.ts';

export interface OncallAccessProps {
  readonly queues: NotificationQueues;
  readonly states: StateTable;
  readonly tokens: TokenSecret;
  readonly topic: Topic;
  readonly encryption: EncryptionKey | undefined;
}

// The one that should never ring by itself.
const RUNG_BY_DOCTOR = 'apply-throttled';

/**
 * What people may do with `npm run oncall --`, as three managed policies to attach to their roles: look at everything without
 * being able to sign for Fractal or to change anything; run it; delete a person's data. Who runs it needs the first as well.
 */
export class OncallAccess extends Construct {
  constructor(scope: Construct, id: string, { queues, states, tokens, topic, encryption }: OncallAccessProps) {
    super(scope, id);
    const { queue, deadLetterQueue } = queues;
    const { stackName, partition, region, account } = Stack.of(this);
    const table = states.table.tableArn;
    const allow = (actions: string[], ...resources: string[]) => new PolicyStatement({ actions, resources });
    const policy = (name: string, description: string, ...statements: PolicyStatement[]): ManagedPolicy => {
      const managed = new ManagedPolicy(this, name, { description: `${stackName}: ${description}`, statements });
      encryption?.grantUse(managed, 'sqs', 'secretsmanager', 'dynamodb');
      new CfnOutput(Stack.of(this), `${name}PolicyArn`, { value: managed.managedPolicyArn });
      return managed;
    };

    const view = policy(
      'View',
      'status, dlq list, show and watch, and doctor without the webhook',
      allow(
        ['cloudformation:DescribeStacks'],
        Stack.of(this).formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stackName}/*` }),
      ),
      allow(['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:BatchGetItem'], table),
      allow(['sqs:GetQueueAttributes'], queue.queueArn, deadLetterQueue.queueArn),
      allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'], deadLetterQueue.queueArn),
      allow(['sns:ListSubscriptionsByTopic'], topic.topicArn),
      // These have no resources to name, or list what is there (AWS, Service Authorization Reference).
      allow(
        [
          'cloudwatch:DescribeAlarms',
          'cloudwatch:DescribeAlarmHistory',
          'cloudwatch:GetMetricStatistics',
          'lambda:GetAccountSettings',
          'lambda:ListEventSourceMappings',
        ],
        '*',
      ),
    );
    acknowledge(
      view,
      'What can only be listed has no resource to name; the stack has an id in its name that is not known here.',
      [
        'AwsSolutions-IAM5[Resource::*]',
        `AwsSolutions-IAM5[Resource::arn:${asFound(partition, 'Partition')}:cloudformation:${asFound(region, 'Region')}:${asFound(account, 'AccountId')}:stack/${stackName}/*]`,
      ],
    );
    policy(
      'Operate',
      'send, doctor, dlq redrive, drop and import',
      allow(['secretsmanager:GetSecretValue'], tokens.secret.secretArn),
      allow(['sqs:SendMessage'], queue.queueArn, deadLetterQueue.queueArn),
      allow(['sqs:DeleteMessage'], deadLetterQueue.queueArn),
      new PolicyStatement({
        actions: ['dynamodb:DeleteItem'],
        resources: [table],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['USER#doctor-*'] } },
      }),
      allow(
        ['cloudwatch:SetAlarmState'],
        Stack.of(this).formatArn({
          service: 'cloudwatch',
          resource: 'alarm',
          resourceName: `${stackName}-${RUNG_BY_DOCTOR}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
    );
    policy(
      'Erase',
      'forget',
      allow(['dynamodb:DeleteItem'], table),
      allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'], queue.queueArn, deadLetterQueue.queueArn),
    );
  }
}

// How a finding of the rule packs writes what is known at deployment only.
const asFound = (value: string, pseudoParameter: string): string =>
  Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
