import { ArnFormat, type CfnElement, CfnOutput, Stack, Token } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DOCTOR_PREFIX } from '../../functions/core/made-up.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';
import type { ChangeEvents } from './change-events.ts';
import type { DeadLetterWidget } from './dead-letter-widget.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { NotificationQueues } from './notification-queues.ts';
import type { StateTable } from './state-table.ts';
import type { TokenSecret } from './token-secret.ts';

export interface OncallAccessProps {
  readonly settings: Pick<Settings, 'redriveFromDashboard'>;
  readonly queues: NotificationQueues;
  readonly states: StateTable;
  readonly tokens: TokenSecret;
  readonly topic: Topic;
  readonly changes: ChangeEvents | undefined;
  readonly deadLetters: DeadLetterWidget;
  readonly encryption: EncryptionKey | undefined;
}

// What a listener to the bus calls its rule and its queue.
const LISTENERS = 'fractal-webhooks-listener-*';

// The one that should never ring by itself.
const RUNG_BY_DOCTOR = 'apply-throttled';

/**
 * What people may do with the command line, as managed policies to attach to their roles: look at everything without being able to sign for
 * Fractal or to change anything; run it; listen to events and replay them; import states; delete a person's data. Who does one of the others
 * needs the first as well.
 */
export class OncallAccess extends Construct {
  constructor(scope: Construct, id: string, props: OncallAccessProps) {
    super(scope, id);
    const { settings, queues, states, tokens, topic, changes, deadLetters, encryption } = props;
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

    // Who may invoke it may do what it does.
    const widget = allow(['lambda:InvokeFunction'], deadLetters.function.lambda.functionArn);
    const unpublished = changes ? [changes.unpublished.queueArn] : [];

    const view = policy(
      'View',
      'status, dlq list, show and watch, and doctor without the webhook',
      allow(
        ['cloudformation:DescribeStacks'],
        Stack.of(this).formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stackName}/*` }),
      ),
      allow(['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:BatchGetItem'], table),
      allow(['sqs:GetQueueAttributes'], queue.queueArn, deadLetterQueue.queueArn, ...unpublished),
      allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'], deadLetterQueue.queueArn, ...unpublished),
      allow(['sns:ListSubscriptionsByTopic'], topic.topicArn),
      ...(settings.redriveFromDashboard ? [] : [widget]),
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
      'send, doctor, dlq redrive, drop and import, events retry',
      allow(['secretsmanager:GetSecretValue'], tokens.secret.secretArn),
      allow(['sqs:SendMessage'], queue.queueArn, deadLetterQueue.queueArn),
      allow(['sqs:DeleteMessage'], deadLetterQueue.queueArn, ...unpublished),
      ...(settings.redriveFromDashboard ? [widget] : []),
      ...(changes
        ? [
            allow(['events:PutEvents'], changes.bus.eventBusArn),
            allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], changes.checks.queueArn),
          ]
        : []),
      new PolicyStatement({
        actions: ['dynamodb:DeleteItem'],
        resources: [table],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`USER#${DOCTOR_PREFIX}*`] } },
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
    if (changes) {
      const listen = policy('Listen', 'events --follow and replay', ...replaying(changes));
      acknowledge(
        listen,
        'What is made to listen, and a replay, has a new name each time; rules can only be listed.',
        replayingFound(changes),
      );
    }
    policy('Import', 'import-states', allow(['dynamodb:UpdateItem'], table));
    policy(
      'Erase',
      'forget',
      allow(['dynamodb:DeleteItem'], table),
      allow(
        ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'],
        queue.queueArn,
        deadLetterQueue.queueArn,
        ...unpublished,
      ),
    );
  }
}

/** What `events --follow` and `events replay` need: a rule and a queue of their own, and the archive. */
const replaying = ({ bus, archive }: ChangeEvents): PolicyStatement[] => {
  const arn = (service: string, resource: string, resourceName?: string): string =>
    Stack.of(bus).formatArn({
      service,
      resource,
      ...(resourceName ? { resourceName } : { arnFormat: ArnFormat.NO_RESOURCE_NAME }),
    });
  const rules = ['events:PutRule', 'events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule'];
  const queues = ['sqs:CreateQueue', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:DeleteQueue'];
  const replay = arn('events', 'replay', 'fractal-webhooks-*');
  return [
    new PolicyStatement({ actions: rules, resources: [arn('events', 'rule', `${bus.eventBusName}/${LISTENERS}`)] }),
    new PolicyStatement({ actions: queues, resources: [arn('sqs', LISTENERS)] }),
    new PolicyStatement({ actions: ['events:StartReplay'], resources: [archive.archiveArn, bus.eventBusArn, replay] }),
    new PolicyStatement({ actions: ['events:DescribeReplay'], resources: [replay] }),
    // Rules can only be listed all together (AWS, Service Authorization Reference).
    new PolicyStatement({ actions: ['events:ListRules'], resources: ['*'] }),
  ];
};

/** The findings about those: their names are not known before, and their beginnings are no one else's. */
const replayingFound = ({ bus }: ChangeEvents): string[] => {
  const { partition, region, account } = Stack.of(bus);
  const arn = (service: string, resource: string): string =>
    `AwsSolutions-IAM5[Resource::arn:${asFound(partition, 'Partition')}:${service}:${asFound(region, 'Region')}:${asFound(account, 'AccountId')}:${resource}]`;
  const name = Stack.of(bus).getLogicalId(bus.node.defaultChild as CfnElement);
  return [
    arn('events', `rule/<${name}>/${LISTENERS}`),
    arn('sqs', LISTENERS),
    arn('events', 'replay/fractal-webhooks-*'),
    'AwsSolutions-IAM5[Resource::*]',
  ];
};

// How a finding of the rule packs writes what is known at deployment only.
const asFound = (value: string, pseudoParameter: string): string =>
  Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
