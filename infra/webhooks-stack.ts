import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { BundledFunction } from './constructs/bundled-function.ts';
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

/** The whole receiver: HTTP API → ingest → queue → apply → table, with the dead-letter queue and the secret beside it. */
export class WebhooksStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: WebhooksStackProps) {
    super(scope, id, props);

    const tokens = new TokenSecret(this, 'Tokens');
    const queues = new NotificationQueues(this, 'Notifications');
    const states = new StateTable(this, 'States');

    const ingest = new BundledFunction(this, 'Ingest', {
      folder: 'ingest',
      description: 'Verifies, validates and enqueues what Fractal ID posts',
      timeout: ingestTiming.timeout,
      environment: {
        QUEUE_URL: queues.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: queues.deadLetterQueue.queueUrl,
        SECRET_ID: tokens.secret.secretArn,
      },
    });
    queues.grantSend(ingest.lambda);
    tokens.grantRead(ingest.lambda);
    const api = new WebhookApi(this, 'Webhook', ingest.lambda);

    const apply = new BundledFunction(this, 'Apply', {
      folder: 'apply',
      description: 'Makes true in the table what the notifications state',
      timeout: applyTiming.timeout,
      environment: { TABLE_NAME: states.table.tableName },
    });
    states.grantUpdate(apply.lambda);
    queues.feed(apply.lambda, settings.applyConcurrency);

    const alarms = new Alarms(this, 'Alarms', {
      settings,
      ...queues,
      apply: apply.lambda,
      table: states.table,
      serverErrors: api.serverErrors,
      outcomes: new OutcomeMetrics(this, 'Outcomes', { ingest: ingest.logs, apply: apply.logs }),
    });

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
