import { CfnOutput, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { createAlarm } from './constructs/alarm.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { applyingAlarms } from './constructs/applying-alarms.ts';
import { BundledFunction } from './constructs/bundled-function.ts';
import { ChangeEvents } from './constructs/change-events.ts';
import { deadLetterAlarms } from './constructs/dead-letter-alarms.ts';
import { EncryptionKey } from './constructs/encryption-key.ts';
import { eventAlarms } from './constructs/event-alarms.ts';
import { FlowDashboard } from './constructs/flow-dashboard.ts';
import { LogGroups } from './constructs/log-groups.ts';
import { NotificationQueues } from './constructs/notification-queues.ts';
import { OncallAccess } from './constructs/oncall-access.ts';
import { OutcomeMetrics } from './constructs/outcome-metrics.ts';
import { Release } from './constructs/release.ts';
import { requestAlarms } from './constructs/request-alarms.ts';
import { StateTable } from './constructs/state-table.ts';
import { TokenSecret } from './constructs/token-secret.ts';
import { WebhookApi } from './constructs/webhook-api.ts';
import { applyTiming, concurrencyNeeded, ingestConcurrency, ingestTiming } from './limits.ts';
import type { Settings } from './settings.ts';

export interface WebhooksStackProps {
  readonly settings: Settings;
}

/** The whole receiver: HTTP API → ingest → queue → apply → table → publish → event bus, with all that watches over it. */
export class WebhooksStack extends Stack {
  constructor(scope: Construct, id: string, { settings }: WebhooksStackProps) {
    const { account, region, terminationProtection } = settings;
    super(scope, id, {
      description: "Receives Fractal ID's verification webhooks",
      env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
      terminationProtection,
    });
    const tags = { application: 'fractal-webhooks', installation: id, stage: settings.stage, ...settings.tags };
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value);

    // What is kept is kept from its first success on: a creation that fails leaves nothing empty behind.
    const removalPolicy = settings.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    const encryption = settings.customerManagedKey ? new EncryptionKey(this, 'Encryption', removalPolicy, settings) : undefined;
    const key = encryption?.key;

    const tokens = new TokenSecret(this, 'Tokens', { removalPolicy, key });
    const queues = new NotificationQueues(this, 'Notifications', {
      removalPolicy,
      settings,
      key,
    });
    const states = new StateTable(this, 'States', { removalPolicy, settings, key });
    const logs = new LogGroups(this, 'Logs', {
      removalPolicy,
      retention: settings.logRetentionDays,
      changeEvents: settings.changeEvents,
      key,
    });

    const ingest = new BundledFunction(this, 'Ingest', {
      settings,
      folder: 'ingest',
      description: 'Verifies, validates and enqueues what Fractal ID posts',
      timeout: ingestTiming.timeout,
      logs: logs.ingest,
      concurrency: ingestConcurrency(settings),
      calledBy: 'API Gateway waits for its answer, and Fractal tries again.',
      environment: {
        QUEUE_URL: queues.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: queues.deadLetterQueue.queueUrl,
        SECRET_ID: tokens.secret.secretArn,
      },
    });
    queues.grantSend(ingest.permissions);
    tokens.grantRead(ingest.permissions);
    encryption?.grantUse(ingest.permissions, 'sqs', 'secretsmanager');

    const apply = new BundledFunction(this, 'Apply', {
      settings,
      folder: 'apply',
      description: 'Makes true in the table what the notifications state',
      timeout: applyTiming.timeout,
      logs: logs.apply,
      concurrency: settings.applyConcurrency,
      calledBy: 'It is fed by a queue that has its own dead-letter queue.',
      environment: { TABLE_NAME: states.table.tableName },
    });
    states.grantUpdate(apply.permissions);
    queues.grantConsume(apply.permissions);
    encryption?.grantUse(apply.permissions, 'sqs', 'dynamodb');

    const live = new Release(this, 'Release', { settings, ingest, apply, tokens, states, encryption, logs: logs.releaseCheck });
    const api = new WebhookApi(this, 'Webhook', { settings, ingest: live.ingest, accessLogs: logs.access });
    queues.feed(live.apply, settings).node.addDependency(apply.permissions);

    const changes =
      logs.publish && new ChangeEvents(this, 'Changes', { settings, removalPolicy, encryption, states, logs: logs.publish });

    const outcomes = new OutcomeMetrics(this, 'Outcomes', logs);
    const { topic } = new AlarmTopic(this, 'Alarms', { settings, key });
    const watched = { settings, outcomes, ...queues, ...states, serverErrors: api.serverErrors, apply: apply.lambda };
    for (const alarm of [
      ...deadLetterAlarms(queues.deadLetterQueue),
      ...requestAlarms(watched),
      ...applyingAlarms(watched),
      ...(changes ? eventAlarms(changes) : []),
    ]) {
      createAlarm(this, topic, settings.runbookUrl, alarm);
    }
    new FlowDashboard(this, 'Dashboard', {
      api,
      outcomes,
      ...queues,
      ...states,
      ingest: ingest.lambda,
      apply: apply.lambda,
      changes,
    });
    new OncallAccess(this, 'Oncall', { queues, states, tokens, topic, changes, encryption });

    const outputs = {
      WebhookUrl: api.url,
      TableName: states.table.tableName,
      QueueUrl: queues.queue.queueUrl,
      DeadLetterQueueUrl: queues.deadLetterQueue.queueUrl,
      SecretId: tokens.secret.secretArn,
      AlarmTopicArn: topic.topicArn,
      ConcurrencyNeeded: String(settings.reserveConcurrency ? 0 : concurrencyNeeded(settings)),
      ...(changes && {
        EventBusName: changes.bus.eventBusName,
        EventArchiveArn: changes.archive.archiveArn,
        UnpublishedQueueUrl: changes.unpublished.queueUrl,
        EventCheckQueueUrl: changes.checks.queueUrl,
        TableStreamArn: states.streamArn,
      }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
