import { Stack } from 'aws-cdk-lib';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import type { StackOutputs } from '../../functions/core/stack-contract.ts';
import { RELEASE } from '../../functions/release.ts';
import { concurrencyNeeded } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { addOutput } from './add-output.ts';
import type { ApiSecret } from './api-secret.ts';
import type { ChangeEvents } from './change-events.ts';
import { dashboardName } from './dashboard-link.ts';
import type { Forwarding } from './forwarding.ts';
import type { HistoryTable } from './history-table.ts';
import type { LogGroups } from './log-groups.ts';
import type { NotificationQueues } from './notification-queues.ts';
import type { StateTable } from './state-table.ts';
import type { TokenSecret } from './token-secret.ts';
import type { WebhookApi } from './webhook-api.ts';

export interface Parts {
  readonly logs: LogGroups;
  readonly api: WebhookApi;
  readonly states: StateTable;
  readonly history: HistoryTable | undefined;
  readonly apiSecret: ApiSecret | undefined;
  readonly queues: NotificationQueues;
  readonly tokens: TokenSecret;
  readonly topic: Topic;
  readonly changes: ChangeEvents | undefined;
  readonly forwarding: Forwarding | undefined;
  readonly settings: Settings;
}

/** The outputs by which the command line and the deployer find the parts of a receiver. */
export const createOutputs = (
  scope: Construct,
  { api, states, history, apiSecret, queues, tokens, topic, changes, forwarding, logs, settings }: Parts,
): void => {
  const outputs: StackOutputs = {
    WebhookUrl: api.url,
    ...(api.otherUrls.length > 0 && { OtherWebhookUrls: api.otherUrls.join(',') }),
    TableName: states.table.tableName,
    ...(history && { HistoryTableName: history.table.tableName }),
    ...(apiSecret && { ApiSecretId: apiSecret.secret.secretArn }),
    QueueUrl: queues.queue.queueUrl,
    DeadLetterQueueUrl: queues.deadLetterQueue.queueUrl,
    SecretId: tokens.secret.secretArn,
    AlarmTopicArn: topic.topicArn,
    DashboardName: dashboardName(Stack.of(scope)),
    IngestLogGroup: logs.ingest.logGroupName,
    ApplyLogGroup: logs.apply.logGroupName,
    ReleaseCheckLogGroup: logs.releaseCheck.logGroupName,
    DeadLettersLogGroup: logs.deadLetters.logGroupName,
    AccessLogGroup: logs.access.logGroupName,
    ...(logs.ofEvents && {
      PublishLogGroup: logs.ofEvents.publish.logGroupName,
      UndeliveredLogGroup: logs.ofEvents.undelivered.logGroupName,
    }),
    Release: RELEASE,
    NotificationTypes: NOTIFICATION_TYPES.join(','),
    ThrottleRate: String(settings.throttleRate),
    ConcurrencyNeeded: String(settings.reserveConcurrency ? 0 : concurrencyNeeded(settings)),
    ...(changes && {
      EventBusName: changes.bus.eventBusName,
      EventArchiveArn: changes.archive.archiveArn,
      UnpublishedQueueUrl: changes.unpublished.queueUrl,
      DiscardedChangesBucket: changes.discarded.bucket.bucketName,
      EventCheckQueueUrl: changes.checks.queueUrl,
      EventListenerQueueUrl: changes.listeners.queueUrl,
      TableStreamArn: states.streamArn,
    }),
    ...(forwarding &&
      settings.forwardTo && {
        ForwardUrl: settings.forwardTo.url,
        ForwardSecretId: forwarding.secret.secretArn,
        ForwardQueueUrl: forwarding.queue.queueUrl,
        UnforwardedQueueUrl: forwarding.unforwarded.queueUrl,
        ...(settings.forwardTo.checks && { ForwardsChecks: 'true' }),
      }),
    ...(logs.forward && { ForwardLogGroup: logs.forward.logGroupName }),
    ...(logs.comparison && { ComparisonLogGroup: logs.comparison.logGroupName }),
  };
  for (const [name, value] of Object.entries(outputs)) addOutput(scope, name, value);
};
