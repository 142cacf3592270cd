import { RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { actedAttribute } from '../functions/core/acted.ts';
import { KEY_ATTRIBUTES } from '../functions/core/facets.ts';
import { addAlarm } from './constructs/alarm.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { ApiSecret } from './constructs/api-secret.ts';
import { applyingAlarms } from './constructs/applying-alarms.ts';
import { updatingOnly } from './constructs/attributes-only.ts';
import { BundledFunction } from './constructs/bundled-function.ts';
import { ChangeEvents } from './constructs/change-events.ts';
import { comparisonAlarms, DailyComparison } from './constructs/daily-comparison.ts';
import { deadLetterAlarms } from './constructs/dead-letter-alarms.ts';
import { DeadLetterWidget } from './constructs/dead-letter-widget.ts';
import { EncryptionKey } from './constructs/encryption-key.ts';
import { eventAlarms } from './constructs/event-alarms.ts';
import { FlowDashboard } from './constructs/flow-dashboard.ts';
import { Forwarding, forwardAlarms } from './constructs/forwarding.ts';
import { HistoryTable } from './constructs/history-table.ts';
import { LogGroups } from './constructs/log-groups.ts';
import { NotificationQueues } from './constructs/notification-queues.ts';
import { OncallAccess } from './constructs/oncall-access.ts';
import { OutcomeMetrics } from './constructs/outcome-metrics.ts';
import { createOutputs } from './constructs/outputs.ts';
import { Release } from './constructs/release.ts';
import { requestAlarms } from './constructs/request-alarms.ts';
import { StateTable } from './constructs/state-table.ts';
import { TokenSecret } from './constructs/token-secret.ts';
import { createVerificationRule, type VerificationRuleProps } from './constructs/verification-rule.ts';
import { WebhookApi } from './constructs/webhook-api.ts';
import { applyTiming, ingestConcurrency, ingestTiming } from './limits.ts';
import { readSettings, SETTING_NAMES, SettingsError } from './read-settings.ts';
import type { Given, ReceiverSettings } from './settings.ts';

export type { VerificationRuleProps };

/** Overrides of the stage's defaults. `stage` is `prod` by default. */
export type FractalWebhooksProps = Given<ReceiverSettings>;

const OF_THE_STACK = ['account', 'region', 'env', 'bootstrapQualifier', 'terminationProtection'];

/** Marks a stack that has a receiver, also for another copy of this package. */
const HAS_RECEIVER = Symbol.for('fractal-webhooks.receiver');

/**
 * The whole receiver: HTTP API → ingest → queue → apply → table → publish → event bus, with alarms and dashboard. One per stack,
 * because the command line finds its parts by the stack's outputs.
 */
export class FractalWebhooks extends Construct {
  /** The URL to enter at Fractal. */
  readonly webhookUrl: string;
  /** The current state of every user and level. */
  readonly table: Table;
  /** Messages that were not understood or failed, for a person to inspect. */
  readonly deadLetterQueue: Queue;
  /** The topic that every alarm notifies. */
  readonly alarmTopic: Topic;
  /** The secret for Fractal's tokens. */
  readonly tokens: Secret;

  private readonly states: StateTable;
  private readonly records: HistoryTable | undefined;
  private readonly encryption: EncryptionKey | undefined;
  private readonly changes: ChangeEvents | undefined;

  /** @throws SettingsError that names each wrong value; Error if the stack already has a receiver */
  constructor(scope: Construct, id: string, props: FractalWebhooksProps = {}) {
    super(scope, id);
    const misplaced = OF_THE_STACK.find((name) => name in props);
    if (misplaced) throw new SettingsError(`${misplaced} is a property of the stack, not of FractalWebhooks.`);
    const settings = readSettings(
      { stage: 'prod', ...props },
      SETTING_NAMES.filter((name) => !OF_THE_STACK.includes(name)),
    );
    const stack = Stack.of(this);
    if (stack.nestedStackParent) {
      throw new Error(
        `${stack.node.path} is a nested stack, whose outputs the command line does not find. Put FractalWebhooks into a stack that is not nested.`,
      );
    }
    if (HAS_RECEIVER in stack) {
      throw new Error(
        `${stack.stackName} already has a FractalWebhooks. A stack can have one; put the other into another stack.`,
      );
    }
    Object.defineProperty(stack, HAS_RECEIVER, { value: true });
    const tags = { application: 'fractal-webhooks', installation: stack.stackName, stage: settings.stage, ...settings.tags };
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value);

    // Resources are retained only once created: a failed first deployment leaves no empty ones behind.
    const removalPolicy = settings.keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    const { customerManagedKey } = settings;
    const encryption =
      customerManagedKey === false
        ? undefined
        : new EncryptionKey(this, 'Encryption', { settings, removalPolicy, given: customerManagedKey });
    const key = encryption?.key;

    const tokens = new TokenSecret(this, 'Tokens', { removalPolicy, key });
    const queues = new NotificationQueues(this, 'Notifications', {
      removalPolicy,
      settings,
      key,
    });
    const states = new StateTable(this, 'States', { removalPolicy, settings, key });
    const history = settings.history ? new HistoryTable(this, 'History', { removalPolicy, settings, key }) : undefined;
    const apiSecret = settings.reconcile ? new ApiSecret(this, 'Api', { removalPolicy, key }) : undefined;
    const logs = new LogGroups(this, 'Logs', {
      removalPolicy,
      retention: settings.logRetentionDays,
      changeEvents: settings.changeEvents,
      reconcileDaily: settings.reconcileDaily !== false,
      forwards: settings.forwardTo !== undefined,
      key,
    });

    const ingest = new BundledFunction(this, 'Ingest', {
      settings,
      folder: 'ingest',
      description: 'Verifies, validates and enqueues the notifications of Fractal ID',
      timeout: ingestTiming.timeout,
      logs: logs.ingest,
      concurrency: ingestConcurrency(settings),
      calledBy: 'API Gateway invokes it synchronously, and Fractal retries failed requests.',
      environment: {
        QUEUE_URL: queues.queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: queues.deadLetterQueue.queueUrl,
        SECRET_ID: tokens.secret.secretArn,
      },
    });
    queues.grantSend(ingest.permissions);
    tokens.grantReadFormer(ingest.permissions);
    encryption?.grantUse(ingest.permissions, 'sqs', 'secretsmanager');

    const apply = new BundledFunction(this, 'Apply', {
      settings,
      folder: 'apply',
      description: 'Applies notifications to the table',
      timeout: applyTiming.timeout,
      logs: logs.apply,
      concurrency: settings.applyConcurrency,
      calledBy: 'Its event source is a queue that has a dead-letter queue.',
      environment: {
        TABLE_NAME: states.table.tableName,
        ...(history && { HISTORY_TABLE_NAME: history.table.tableName }),
      },
    });
    states.grantUpdate(apply.permissions);
    history?.grantAdd(apply.permissions);
    queues.grantConsume(apply.permissions);
    encryption?.grantUse(apply.permissions, 'sqs', 'dynamodb');

    const changes =
      logs.ofEvents && new ChangeEvents(this, 'Changes', { settings, removalPolicy, encryption, states, logs: logs.ofEvents });

    const { forwardTo } = settings;
    const forwarding =
      changes && forwardTo && logs.forward
        ? new Forwarding(this, 'Forwarding', {
            settings,
            forwardTo,
            removalPolicy,
            encryption,
            states,
            changes,
            logs: logs.forward,
          })
        : undefined;

    const checked = { ingest, apply, publish: changes?.publish };
    const live = new Release(this, 'Release', {
      settings,
      ...checked,
      tokens,
      states,
      history,
      encryption,
      logs: logs.releaseCheck,
    });
    const api = new WebhookApi(this, 'Webhook', { settings, ingest: live.ingest, accessLogs: logs.access });
    queues.feed(live.apply, settings).node.addDependency(apply.permissions);
    if (live.publish) changes?.feed(states, live.publish, settings.streamParallelization);

    const outcomes = new OutcomeMetrics(this, 'Outcomes', logs);
    const comparison =
      apiSecret &&
      logs.comparison &&
      new DailyComparison(this, 'Comparison', { settings, apiSecret, states, history, encryption, logs: logs.comparison });
    const { topic } = new AlarmTopic(this, 'Alarms', { settings, key });
    const watched = {
      settings,
      outcomes,
      ...queues,
      ...states,
      history: history?.table,
      serverErrors: api.serverErrors,
      apply: apply.lambda,
    };
    for (const alarm of [
      ...deadLetterAlarms(queues.deadLetterQueue),
      ...requestAlarms(watched),
      ...applyingAlarms(watched),
      ...(changes && outcomes.undelivered ? eventAlarms(states.table, changes, outcomes.undelivered) : []),
      ...(forwarding && outcomes.forwardedLate ? forwardAlarms(forwarding, outcomes.forwardedLate) : []),
      ...(comparison && outcomes.comparison ? comparisonAlarms(outcomes.comparison, comparison) : []),
    ]) {
      addAlarm(this, topic, settings.runbookUrl, alarm);
    }
    const deadLetters = new DeadLetterWidget(this, 'DeadLetters', {
      settings,
      queues,
      states,
      history,
      encryption,
      logs: logs.deadLetters,
    });
    new FlowDashboard(this, 'Dashboard', {
      api,
      outcomes,
      ...queues,
      ...states,
      ingest: ingest.lambda,
      apply: apply.lambda,
      changes,
      forwarding,
      deadLetters,
      logs,
    });
    const fed = [apply.lambda, ...(changes ? [changes.publish.lambda] : []), ...(forwarding ? [forwarding.function.lambda] : [])];
    new OncallAccess(this, 'Oncall', {
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
    });

    this.webhookUrl = api.url;
    this.table = states.table;
    this.deadLetterQueue = queues.deadLetterQueue;
    this.alarmTopic = topic;
    this.tokens = tokens.secret;
    this.states = states;
    this.records = history;
    this.encryption = encryption;
    this.changes = changes;

    createOutputs(this, { api, states, history, apiSecret, queues, tokens, topic, changes, forwarding, logs, settings });
  }

  /**
   * The bus with an event for every change to the table.
   *
   * @throws Error if changeEvents is false
   */
  get eventBus(): EventBus {
    if (!this.changes) throw new Error('There are no events: changeEvents is false.');
    return this.changes.bus;
  }

  /**
   * The table with the record of every delivery.
   *
   * @throws Error if history is false
   */
  get history(): Table {
    return this.keptHistory.table;
  }

  /**
   * Grants reading the history with `createReader`, whose records have bodies as they came: personal data.
   *
   * @throws Error if history is false
   */
  grantReadHistory(grantee: IGrantable): Grant {
    this.encryption?.grantUse(grantee, 'dynamodb');
    return this.keptHistory.grantRead(grantee);
  }

  private get keptHistory(): HistoryTable {
    if (!this.records) throw new Error('There is no history: history is false.');
    return this.records;
  }

  /** Grants reading the table with `createReader`: single items or all items of one user, but not scanning it. */
  grantRead(grantee: IGrantable): Grant {
    this.encryption?.grantUse(grantee, 'dynamodb');
    return this.states.grantRead(grantee);
  }

  /**
   * Grants what `createActor` with this name needs: reading the table, and remembering in an attribute of its own what it acted on.
   * It can change no other attribute, and can't create or delete items.
   */
  grantAct(grantee: IGrantable, name: string): Grant {
    grantee.grantPrincipal.addToPrincipalPolicy(
      updatingOnly(this.states.table.tableArn, [...KEY_ATTRIBUTES, actedAttribute(name)]),
    );
    return this.grantRead(grantee);
  }

  /**
   * Invokes a target whenever a level gets a status.
   *
   * @param scope where to create the rule: in the target's stack, if that is a different one
   * @throws Error if changeEvents is false, or the status is unknown
   */
  onVerification(scope: Construct, id: string, props: VerificationRuleProps): Rule {
    return createVerificationRule(scope, id, this.eventBus, props);
  }
}
