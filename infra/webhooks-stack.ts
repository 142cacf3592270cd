import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { BundledFunction } from './constructs/bundled-function.ts';
import { EncryptionKey } from './constructs/encryption-key.ts';
import { FlowDashboard } from './constructs/flow-dashboard.ts';
import { GradualDeployment } from './constructs/gradual-deployment.ts';
import { LogGroups } from './constructs/log-groups.ts';
import { NotificationQueues } from './constructs/notification-queues.ts';
import { OutcomeMetrics } from './constructs/outcome-metrics.ts';
import { StateTable } from './constructs/state-table.ts';
import { TokenSecret } from './constructs/token-secret.ts';
import { WebhookApi } from './constructs/webhook-api.ts';
import type { Settings } from './settings.ts';
import { applyTiming, ingestTiming } from './timing.ts';

export interface WebhooksStackProps extends StackProps {
  readonly settings: Settings;
}

/** Stages of one account must not share a name; prod has the plain one. */
export const stackNameOf = ({ stage }: Settings): string => (stage === 'prod' ? 'FractalWebhooks' : `FractalWebhooks-${stage}`);

/** The whole receiver: HTTP API → ingest → queue → apply → table, with all that watches over it. */
export class WebhooksStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: WebhooksStackProps) {
    super(scope, id, props);
    const removalPolicy = settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const encryption = settings.customerManagedKey ? new EncryptionKey(this, 'Encryption', removalPolicy) : undefined;
    const key = encryption?.key;

    const tokens = new TokenSecret(this, 'Tokens', { removalPolicy, key });
    const queues = new NotificationQueues(this, 'Notifications', {
      removalPolicy,
      retention: Duration.days(settings.queueRetentionDays),
      key,
    });
    const states = new StateTable(this, 'States', { removalPolicy, recoveryDays: settings.recoveryDays, key });
    const logs = new LogGroups(this, 'Logs', { removalPolicy, retention: settings.logRetentionDays, key });

    const ingest = new BundledFunction(this, 'Ingest', {
      settings,
      folder: 'ingest',
      description: 'Verifies, validates and enqueues what Fractal ID posts',
      timeout: ingestTiming.timeout,
      logs: logs.ingest,
      concurrency: settings.ingestConcurrency,
      environment: {
        QUEUE_URL: queues.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: queues.deadLetterQueue.queueUrl,
        SECRET_ID: tokens.secret.secretArn,
      },
    });
    queues.grantSend(ingest.permissions);
    tokens.grantRead(ingest.permissions);
    encryption?.grantUse(ingest.permissions);
    const api = new WebhookApi(this, 'Webhook', { settings, ingest: ingest.live, accessLogs: logs.access });

    const apply = new BundledFunction(this, 'Apply', {
      settings,
      folder: 'apply',
      description: 'Makes true in the table what the notifications state',
      timeout: applyTiming.timeout,
      logs: logs.apply,
      concurrency: settings.applyConcurrency,
      environment: { TABLE_NAME: states.table.tableName },
    });
    states.grantUpdate(apply.permissions);
    queues.grantConsume(apply.permissions);
    encryption?.grantUse(apply.permissions);
    queues.feed(apply.live, settings.applyConcurrency).node.addDependency(apply.permissions);

    const outcomes = new OutcomeMetrics(this, 'Outcomes', logs);
    const alarms = new Alarms(this, 'Alarms', {
      settings,
      key,
      ...queues,
      apply: apply.lambda,
      table: states.table,
      serverErrors: api.serverErrors,
      outcomes,
    });
    new FlowDashboard(this, 'Dashboard', {
      api,
      outcomes,
      ...queues,
      ingest: ingest.lambda,
      apply: apply.lambda,
      table: states.table,
    });
    if (settings.gradualDeployment) {
      new GradualDeployment(this, 'Deployment', {
        functions: { Ingest: ingest.live, Apply: apply.live },
        alarms: alarms.ofRelease,
      });
    }

    const outputs = {
      WebhookUrl: api.url,
      TableName: states.table.tableName,
      QueueUrl: queues.queue.queueUrl,
      DeadLetterQueueUrl: queues.deadLetterQueue.queueUrl,
      SecretId: tokens.secret.secretArn,
      AlarmTopicArn: alarms.topic.topicArn,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
