import { ArnFormat, type CfnElement, Stack, Token } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { KEY_ATTRIBUTES, userPartition } from '../../functions/core/facets.ts';
import { HOLD_ATTRIBUTES, HOLDS } from '../../functions/core/hold.ts';
import { ERASURES } from '../../functions/core/record.ts';
import { LISTENER_PREFIX, TESTED_ALARM } from '../../functions/core/stack-contract.ts';
import { DOCTOR_PREFIX } from '../../functions/core/test-user.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';
import { addOutput } from './add-output.ts';
import type { ApiSecret } from './api-secret.ts';
import { puttingUnder, readingOnly, updatingOnly } from './attributes-only.ts';
import type { ChangeEvents } from './change-events.ts';
import { dashboardName } from './dashboard-link.ts';
import type { DeadLetterWidget } from './dead-letter-widget.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { Forwarding } from './forwarding.ts';
import type { HistoryTable } from './history-table.ts';
import type { LogGroups } from './log-groups.ts';
import type { NotificationQueues } from './notification-queues.ts';
import type { StateTable } from './state-table.ts';
import type { TokenSecret } from './token-secret.ts';

export interface OncallAccessProps {
  readonly settings: Pick<Settings, 'redriveFromDashboard'>;
  readonly queues: NotificationQueues;
  readonly states: StateTable;
  readonly history: HistoryTable | undefined;
  readonly apiSecret: ApiSecret | undefined;
  readonly tokens: TokenSecret;
  readonly topic: Topic;
  readonly changes: ChangeEvents | undefined;
  readonly forwarding: Forwarding | undefined;
  readonly deadLetters: DeadLetterWidget;
  readonly logs: LogGroups;
  /** The functions with an event source. */
  readonly fed: readonly LambdaFunction[];
  readonly encryption: EncryptionKey | undefined;
}

const HOLD = [...KEY_ATTRIBUTES, ...HOLD_ATTRIBUTES];

/**
 * The managed policies for people who use the command line: View (read everything except the signing tokens, change nothing),
 * Operate, Configure (the commands of AWS that doctor and the runbook suggest), Tokens (change the signing tokens), Listen (follow
 * and replay events), Audit (read the history), Import (import states), Hold (keep a person's data), Reconcile (compare with Fractal) and Erase (delete a person's data). All others require View.
 */
export class OncallAccess extends Construct {
  constructor(scope: Construct, id: string, props: OncallAccessProps) {
    super(scope, id);
    const {
      settings,
      queues,
      states,
      history,
      apiSecret,
      tokens,
      topic,
      changes,
      forwarding,
      deadLetters,
      logs,
      fed,
      encryption,
    } = props;
    const { queue, deadLetterQueue } = queues;
    const { stackName } = Stack.of(this);
    const table = states.table.tableArn;
    const allow = (actions: string[], ...resources: string[]) => new PolicyStatement({ actions, resources });
    /**
     * @param description stays as it was when the policy was new: a change replaces the policy, and people's roles keep the former.
     * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
     */
    const policy = (name: string, description: string, ...statements: PolicyStatement[]): ManagedPolicy => {
      const managed = new ManagedPolicy(this, name, { description: `${stackName}: ${description}`, statements });
      encryption?.grantUse(managed, 'sqs', 'secretsmanager', 'dynamodb');
      addOutput(this, `${name}PolicyArn`, managed.managedPolicyArn);
      return managed;
    };

    // Anyone who may invoke the function can do everything that it does.
    const widget = allow(['lambda:InvokeFunction'], deadLetters.function.lambda.functionArn);
    const unpublished = [
      ...(changes ? [changes.unpublished.queueArn] : []),
      ...(forwarding ? [forwarding.unforwarded.queueArn] : []),
    ];
    const forwards = forwarding ? [forwarding.queue.queueArn] : [];

    const view = policy(
      'View',
      'status, dlq list, show and watch, and doctor without the webhook',
      allow(
        ['cloudformation:DescribeStacks'],
        Stack.of(this).formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stackName}/*` }),
      ),
      allow(['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Scan'], table),
      // Whether the record of a dead letter is there.
      ...(history ? [allow(['dynamodb:BatchGetItem'], history.table.tableArn)] : []),
      allow(['sqs:GetQueueAttributes'], queue.queueArn, deadLetterQueue.queueArn, ...unpublished, ...forwards),
      allow(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'], deadLetterQueue.queueArn, ...unpublished),
      allow(['sns:ListSubscriptionsByTopic'], topic.topicArn),
      allow(['secretsmanager:DescribeSecret'], tokens.secret.secretArn),
      allow(['cloudwatch:GetDashboard'], dashboardArn(this)),
      allow(['logs:StartQuery', 'logs:FilterLogEvents'], ...logs.all.map(({ logGroupArn }) => logGroupArn)),
      ...(settings.redriveFromDashboard ? [] : [widget]),
      ...(changes
        ? [
            allow(['events:ListTargetsByRule'], changes.ruleArn('*')),
            allow(['events:DescribeEventBus'], changes.bus.eventBusArn),
            allow(['s3:GetObject'], changes.discarded.bucket.arnForObjects('*')),
            // Without it, a missing object is answered with 403. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
            allow(['s3:ListBucket'], changes.discarded.bucket.bucketArn),
          ]
        : []),
      // List actions and actions without resource-level permissions (AWS, Service Authorization Reference).
      allow(
        [
          'cloudwatch:DescribeAlarms',
          'cloudwatch:DescribeAlarmHistory',
          'cloudwatch:GetMetricData',
          'cloudwatch:GetMetricWidgetImage',
          'cloudwatch:ListDashboards',
          'cloudformation:ListStacks',
          'dynamodb:ListBackups',
          'logs:DescribeLogGroups',
          'logs:GetQueryResults',
          'lambda:GetAccountSettings',
          'servicequotas:GetServiceQuota',
          'servicequotas:GetAWSDefaultServiceQuota',
          'lambda:ListEventSourceMappings',
          ...(changes ? ['events:ListRules', 'events:ListReplays'] : []),
        ],
        '*',
      ),
    );
    acknowledge(
      view,
      'List actions do not support resource-level permissions. The ARN of the stack ends with an id that is not known at synthesis. `doctor` lists the targets of all rules on the bus. Lambda names the objects in the bucket of discarded changes.',
      [
        'AwsSolutions-IAM5[Resource::*]',
        `AwsSolutions-IAM5[Resource::${foundIn(this, 'cloudformation', `stack/${stackName}/*`)}]`,
        ...(changes ? [ruleFound(changes, '*'), changes.discarded.objectsFound] : []),
      ],
    );
    const operate = policy(
      'Operate',
      'send, doctor, dlq redrive, drop and import, events retry',
      allow(['secretsmanager:GetSecretValue'], tokens.secret.secretArn),
      allow(['sqs:SendMessage'], queue.queueArn, deadLetterQueue.queueArn, ...forwards),
      allow(['sqs:DeleteMessage'], deadLetterQueue.queueArn, ...unpublished),
      ...(settings.redriveFromDashboard ? [widget] : []),
      ...(changes
        ? [
            allow(['events:PutEvents'], changes.bus.eventBusArn),
            allow(['s3:DeleteObject'], changes.discarded.bucket.arnForObjects('*')),
            allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], changes.checks.queueArn),
          ]
        : []),
      new PolicyStatement({
        actions: ['dynamodb:DeleteItem'],
        resources: [table],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [userPartition(`${DOCTOR_PREFIX}*`)] } },
      }),
      allow(['cloudwatch:SetAlarmState'], alarmArn(this, TESTED_ALARM)),
    );
    if (changes) {
      acknowledge(operate, 'Lambda names the objects in the bucket of discarded changes.', [changes.discarded.objectsFound]);
    }
    const configure = policy(
      'Configure',
      'what doctor and the runbook suggest: the secret, the key, event source mappings, alarms and their subscriptions',
      allow(['secretsmanager:RestoreSecret'], tokens.secret.secretArn),
      allow(['sns:Subscribe'], topic.topicArn),
      allow(['cloudwatch:EnableAlarmActions', 'cloudwatch:SetAlarmState'], alarmArn(this, '*')),
      // The ids of mappings are not known at synthesis.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
      new PolicyStatement({
        actions: ['lambda:UpdateEventSourceMapping'],
        resources: [mappingArn(this)],
        conditions: { ArnLike: { 'lambda:FunctionArn': fed.map(({ functionArn }) => `${functionArn}*`) } },
      }),
      ...(encryption ? [allow(['kms:DescribeKey', 'kms:CancelKeyDeletion', 'kms:EnableKey'], encryption.key.keyArn)] : []),
    );
    acknowledge(
      configure,
      'The alarms of the stack have its name in front. The ids of event source mappings are not known at synthesis; the condition names their functions.',
      [
        `AwsSolutions-IAM5[Resource::${foundIn(this, 'cloudwatch', `alarm:${stackName}-*`)}]`,
        `AwsSolutions-IAM5[Resource::${foundIn(this, 'lambda', 'event-source-mapping:*')}]`,
      ],
    );
    policy(
      'Tokens',
      'tokens list, add, set, retire and remove',
      allow(
        [
          'secretsmanager:GetSecretValue',
          'secretsmanager:PutSecretValue',
          'secretsmanager:DescribeSecret',
          'secretsmanager:ListSecretVersionIds',
        ],
        tokens.secret.secretArn,
      ),
    );
    if (changes) {
      const listen = policy('Listen', 'events --follow and replay', ...replaying(changes));
      acknowledge(listen, 'Listener rules and replays get a new name each time, below a fixed prefix.', replayingFound(changes));
    }
    if (history) {
      const read = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'];
      policy('Audit', 'history, status --as-of', allow(read, history.table.tableArn));
    }
    const imports = policy('Import', 'import-states', allow(['sqs:SendMessage'], queue.queueArn));
    history?.grantStart(imports);
    if (apiSecret) {
      policy(
        'Reconcile',
        'reconcile',
        allow(['secretsmanager:GetSecretValue'], apiSecret.secret.secretArn),
        allow(['sqs:SendMessage'], queue.queueArn),
      );
    }
    policy('Hold', 'hold', updatingOnly(table, HOLD), ...(history ? [puttingUnder(history.table.tableArn, HOLDS)] : []));
    policy(
      'Erase',
      'forget',
      allow(['dynamodb:DeleteItem'], table),
      // The lock, and the record of an erasure that a hold refused.
      updatingOnly(table, HOLD),
      ...(history
        ? [
            allow(['dynamodb:DeleteItem'], history.table.tableArn),
            puttingUnder(history.table.tableArn, ERASURES),
            readingOnly(['dynamodb:Query', 'dynamodb:Scan'], history.table.tableArn, [...KEY_ATTRIBUTES, 'email']),
          ]
        : []),
      // Finds ids that are written otherwise; reads no attribute but the keys.
      readingOnly(['dynamodb:Scan'], table, KEY_ATTRIBUTES),
      // Messages of the main queue are given back as new ones, with all their attempts.
      allow(['sqs:SendMessage'], queue.queueArn),
      allow(
        ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'],
        queue.queueArn,
        deadLetterQueue.queueArn,
        ...unpublished,
      ),
    );
  }
}

const colonArn = (scope: Construct, service: string, resource: string, resourceName: string): string =>
  Stack.of(scope).formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });

const alarmArn = (scope: Construct, name: string): string =>
  colonArn(scope, 'cloudwatch', 'alarm', `${Stack.of(scope).stackName}-${name}`);

const mappingArn = (scope: Construct): string => colonArn(scope, 'lambda', 'event-source-mapping', '*');

/** Dashboards have no region. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html */
const dashboardArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    service: 'cloudwatch',
    region: '',
    resource: 'dashboard',
    resourceName: dashboardName(Stack.of(scope)),
  });

/** What `events --follow` and `events replay` need: their own rule, the queue of the listeners, and the archive. */
const replaying = (changes: ChangeEvents): PolicyStatement[] => {
  const { bus, archive, listeners } = changes;
  const rules = [changes.listenerRuleArns];
  const replay = Stack.of(bus).formatArn({ service: 'events', resource: 'replay', resourceName: REPLAYS });
  return [
    new PolicyStatement({ actions: ['events:PutRule', 'events:RemoveTargets', 'events:DeleteRule'], resources: rules }),
    // The key has a list of values. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    new PolicyStatement({
      actions: ['events:PutTargets'],
      resources: rules,
      conditions: {
        'ForAllValues:ArnEquals': { 'events:TargetArn': listeners.queueArn },
        // Without a value, ForAllValues would be true (AWS).
        Null: { 'events:TargetArn': 'false' },
      },
    }),
    new PolicyStatement({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      resources: [listeners.queueArn],
    }),
    new PolicyStatement({ actions: ['events:StartReplay'], resources: [archive.archiveArn, bus.eventBusArn, replay] }),
    new PolicyStatement({ actions: ['events:DescribeReplay'], resources: [replay] }),
  ];
};

const REPLAYS = 'fractal-webhooks-*';

/** The findings about these statements: the names are not known at synthesis, and nothing else uses these prefixes. */
const replayingFound = (changes: ChangeEvents): string[] => [
  ruleFound(changes, `${LISTENER_PREFIX}*`),
  eventsFound(changes, `replay/${REPLAYS}`),
];

const ruleFound = (changes: ChangeEvents, name: string): string =>
  eventsFound(changes, `rule/<${Stack.of(changes).getLogicalId(changes.bus.node.defaultChild as CfnElement)}>/${name}`);

const eventsFound = (changes: ChangeEvents, resource: string): string =>
  `AwsSolutions-IAM5[Resource::${foundIn(changes, 'events', resource)}]`;

const foundIn = (scope: Construct, service: string, resource: string): string => {
  const { partition, region, account } = Stack.of(scope);
  return `arn:${asFound(partition, 'Partition')}:${service}:${asFound(region, 'Region')}:${asFound(account, 'AccountId')}:${resource}`;
};

// How findings of the rule packs write values that are only known at deployment.
const asFound = (value: string, pseudoParameter: string): string =>
  Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
