import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CHECK_SOURCE, EVENT_SOURCE } from '../../functions/core/event.ts';
import { STATUSES } from '../../functions/core/facets.ts';
import { acknowledge, inPacks, SERVERLESS } from '../acknowledge.ts';
import { forwardTiming } from '../limits.ts';
import type { ForwardTo, Settings } from '../settings.ts';
import type { AlarmDefinition } from './alarm.ts';
import { BundledFunction } from './bundled-function.ts';
import type { ChangeEvents } from './change-events.ts';
import { createQueue } from './create-queue.ts';
import { createSecret } from './create-secret.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { StateTable } from './state-table.ts';
import { EXPIRY_ALARM_DAYS, waitingAlarms } from './waiting-alarms.ts';

export interface ForwardingProps {
  readonly settings: Settings;
  readonly forwardTo: ForwardTo;
  readonly removalPolicy: RemovalPolicy;
  readonly encryption: EncryptionKey | undefined;
  readonly states: StateTable;
  readonly changes: ChangeEvents;
  readonly logs: LogGroup;
}

/** Sends events to a backend by HTTPS, signed: rules on the bus, a queue, and a function with a queue for what the backend does not take. */
export class Forwarding extends Construct {
  readonly queue: Queue;
  /** What the backend did not take within a day. */
  readonly unforwarded: Queue;
  readonly secret: Secret;
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, props: ForwardingProps) {
    super(scope, id);
    const { settings, forwardTo, removalPolicy, encryption, states, changes, logs } = props;
    const key = encryption?.key;
    this.secret = createForwardSecret(this, props);
    this.unforwarded = createQueue(this, 'Unforwarded', { key, removalPolicy, retentionPeriod: forwardTiming.retention });
    acknowledge(
      this.unforwarded,
      'This is the queue for failures; a person inspects its messages.',
      inPacks('SQSRedrivePolicy', SERVERLESS),
    );
    this.queue = createQueue(this, 'Queue', {
      key,
      removalPolicy,
      visibilityTimeout: forwardTiming.visibilityTimeout,
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.unforwarded, maxReceiveCount: forwardTiming.attempts },
    });
    this.function = new BundledFunction(this, 'Forward', {
      settings,
      folder: 'forward',
      description: 'Sends events to a backend',
      timeout: forwardTiming.timeout,
      logs,
      concurrency: forwardTo.concurrency,
      calledBy: 'Its event source is a queue that has a dead-letter queue.',
      environment: {
        FORWARD_URL: forwardTo.url,
        SECRET_ID: this.secret.secretArn,
        TABLE_NAME: states.table.tableName,
        QUEUE_URL: this.queue.queueUrl,
        UNFORWARDED_QUEUE_URL: this.unforwarded.queueUrl,
        CHECK_QUEUE_URL: changes.checks.queueUrl,
      },
    });
    const { permissions, lambda } = this.function;
    this.function.grant(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      this.queue.queueArn,
    );
    this.function.grant(['sqs:SendMessage'], this.unforwarded.queueArn, ...(forwardTo.checks ? [changes.checks.queueArn] : []));
    this.function.grant(['secretsmanager:GetSecretValue'], this.secret.secretArn);
    states.grantLookUpKeys(permissions);
    encryption?.grantUse(permissions, 'sqs', 'secretsmanager', 'dynamodb');
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: lambda,
      eventSourceArn: this.queue.queueArn,
      batchSize: forwardTiming.batchSize,
      reportBatchItemFailures: true,
      maxConcurrency: forwardTo.concurrency,
    });
    acknowledge(
      mapping,
      'Lambda does not support an on-failure destination for SQS (AWS). The redrive policy of the queue moves failed messages to the queue of unforwarded events.',
      inPacks('LambdaEventSourceMappingDestination', SERVERLESS),
    );
    mapping.node.addDependency(permissions);
    for (const [name, eventPattern] of Object.entries(patternsOf(forwardTo))) {
      const rule = new Rule(this, name, { eventBus: changes.bus, eventPattern, targets: [new SqsQueue(this.queue)] });
      acknowledge(
        rule,
        'The target is a queue of the stack. The bus logs what it could not deliver, and an alarm counts it.',
        inPacks('EventBusDLQ', SERVERLESS),
      );
    }
  }
}

/** Generated letters and digits, whose number can be divided by four, are base64, as receivers expect. */
const createForwardSecret = (scope: Construct, { removalPolicy, encryption }: ForwardingProps): Secret =>
  createSecret(
    scope,
    { removalPolicy, key: encryption?.key },
    {
      description: 'Signs the events that are sent to the backend (Standard Webhooks): whsec_ and this value',
      generate: { excludePunctuation: true, passwordLength: 40 },
      notRotated: 'The backend must get the new value first. The function signs with the former one, too.',
    },
  );

/** What to forward, by the name of its rule. */
const patternsOf = ({ levels, statuses, checks }: ForwardTo): Readonly<Record<string, EventPattern>> => ({
  ...(levels || statuses
    ? {
        Verifications: {
          source: [EVENT_SOURCE],
          detailType: (statuses ?? STATUSES).map((status) => `verification_${status}`),
          ...(levels && { detail: { level: [...levels] } }),
        },
        // Whoever got an event must learn that its person was deleted.
        Forgotten: { source: [EVENT_SOURCE], detailType: ['forgotten'] },
      }
    : { All: { source: [EVENT_SOURCE] } }),
  // doctor does not wait for the deletion of a test user.
  ...(checks && { Checks: { source: [CHECK_SOURCE], detailType: Match.anythingBut('forgotten') } }),
});

/** The alarms on events that a backend does not take. */
export const forwardAlarms = ({ unforwarded }: Forwarding, late: Metric): AlarmDefinition[] => [
  {
    name: 'forward-failing',
    description: 'The backend of forwardTo has not taken an event for at least ten minutes. It is tried for a day.',
    // Attempts are up to an hour apart.
    metric: late.with({ period: Duration.hours(1), statistic: Stats.SUM }),
    threshold: 1,
  },
  ...waitingAlarms(unforwarded, {
    waiting: {
      name: 'events-unforwarded',
      description:
        'The backend has not taken events for a day. They wait on the queue UnforwardedQueueUrl, and expire after 14 days.',
    },
    more: {
      name: 'more-events-unforwarded',
      description: 'The backend has not taken further events for a day, while others were already waiting.',
    },
    expiring: {
      name: 'events-unforwarded-expiring',
      description: `The queue UnforwardedQueueUrl has not been empty for ${EXPIRY_ALARM_DAYS} days. The oldest events expire within days.`,
    },
  }),
];
