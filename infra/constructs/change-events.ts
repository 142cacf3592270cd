import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Archive, EventBus, type IEventBus, IncludeDetail, Level, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IAlias, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CHECK_SOURCE, EVENT_SOURCE } from '../../functions/core/event.ts';
import { LISTENER_PREFIX } from '../../functions/core/stack-contract.ts';
import { acknowledge, inPacks, SERVERLESS } from '../acknowledge.ts';
import { publishConcurrency, publishTiming } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { BundledFunction } from './bundled-function.ts';
import { createQueue } from './create-queue.ts';
import { deliverErrors } from './deliver-errors.ts';
import { DiscardedChanges } from './discarded-changes.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { EventLogGroups } from './log-groups.ts';
import type { StateTable } from './state-table.ts';

export interface ChangeEventsProps {
  readonly settings: Settings;
  readonly removalPolicy: RemovalPolicy;
  readonly encryption: EncryptionKey | undefined;
  readonly states: StateTable;
  readonly logs: EventLogGroups;
}

/** Publishes every change to the table as an event on a dedicated bus. Changes that can't be published go to a queue. */
export class ChangeEvents extends Construct {
  readonly bus: EventBus;
  readonly unpublished: Queue;
  /** Receives the events of test users, so that `doctor` can see that a change was published. */
  readonly checks: Queue;
  /** Receives the events for `events --follow` and `events replay`. */
  readonly listeners: Queue;
  readonly archive: Archive;
  readonly discarded: DiscardedChanges;
  readonly publish: BundledFunction;

  constructor(scope: Construct, id: string, { settings, removalPolicy, encryption, states, logs }: ChangeEventsProps) {
    super(scope, id);
    const key = encryption?.key;
    // Not encrypted with the key: the queue is needed on the day the bus can't use it.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
    this.unpublished = createQueue(this, 'Unpublished', {
      key: undefined,
      removalPolicy,
      retentionPeriod: publishTiming.unpublishedRetention,
    });
    acknowledge(this.unpublished, 'This is the queue for failures; a person inspects its messages.', [
      'AwsSolutions-SQS3',
      ...inPacks('SQSRedrivePolicy', SERVERLESS),
    ]);
    // Imported, so that the CDK does not add the bus, which refers to the key, to the key's policy. encryption-key.ts has the
    // permissions for EventBridge.
    const eventKey = key && Key.fromKeyArn(this, 'Key', key.keyArn);
    this.bus = this.createBus(settings.eventBusName, eventKey);
    deliverErrors(this.bus, logs.undelivered);
    this.checks = this.createChecks();
    this.listeners = this.createListeners(key);
    this.publish = new BundledFunction(this, 'Publish', {
      settings,
      folder: 'publish',
      description: 'Publishes every change to the table as an event',
      timeout: publishTiming.timeout,
      logs: logs.publish,
      concurrency: publishConcurrency(settings),
      calledBy: 'Its event source is the stream of the table, with a queue for changes that cannot be published.',
      environment: { EVENT_BUS_NAME: this.bus.eventBusName, UNPUBLISHED_QUEUE_URL: this.unpublished.queueUrl },
    });
    this.publish.grant(['events:DescribeEventBus', 'events:PutEvents'], this.bus.eventBusArn);
    this.publish.grant(['sqs:SendMessage'], this.unpublished.queueArn);
    this.discarded = new DiscardedChanges(this, 'Discarded', { removalPolicy, unpublished: this.unpublished });
    this.discarded.grantWrite(this.publish);
    states.grantStream(this.publish.permissions);
    acknowledge(
      this.publish.permissions,
      'ListStreams and X-Ray do not support resource-level permissions, and Lambda names the objects in the bucket. All other statements name their resource.',
      ['AwsSolutions-IAM5[Resource::*]', this.discarded.objectsFound],
    );
    encryption?.grantUse(this.publish.permissions, 'dynamodb');

    // The same period for which the table can be restored.
    this.archive = new Archive(this, 'Archive', {
      sourceEventBus: this.bus as IEventBus,
      eventPattern: { source: [EVENT_SOURCE] },
      retention: Duration.days(settings.recoveryDays),
      ...(eventKey && { kmsKey: eventKey }),
    });
  }

  /** The events of the test users of doctor and the release check. They are disposable. */
  private createChecks(): Queue {
    const checks = createQueue(this, 'Checks', {
      key: undefined,
      removalPolicy: RemovalPolicy.DESTROY,
      retentionPeriod: publishTiming.checkRetention,
    });
    acknowledge(checks, 'Only doctor reads this queue. Messages that it has not read after five minutes are no longer needed.', [
      'AwsSolutions-SQS3',
      ...inPacks('SQSRedrivePolicy', SERVERLESS),
    ]);
    const rule = new Rule(this, 'CheckRule', {
      eventBus: this.bus,
      // doctor does not wait for the deletion of a test user.
      eventPattern: { source: [CHECK_SOURCE], detailType: Match.anythingBut('forgotten') },
      targets: [new SqsQueue(checks)],
    });
    acknowledge(rule, 'The events are test events; a lost one does no harm.', inPacks('EventBusDLQ', SERVERLESS));
    return checks;
  }

  /**
   * The only target that the rules of listeners can have, and only they can send to it.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
   */
  private createListeners(key: IKey | undefined): Queue {
    const listeners = createQueue(this, 'Listeners', {
      key,
      removalPolicy: RemovalPolicy.DESTROY,
      retentionPeriod: publishTiming.listenerRetention,
    });
    acknowledge(listeners, 'Only people who listen to events read this queue. The archive has the events for longer.', [
      'AwsSolutions-SQS3',
      ...inPacks('SQSRedrivePolicy', SERVERLESS),
    ]);
    listeners.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsForListeners',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [listeners.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': this.listenerRuleArns } },
      }),
    );
    return listeners;
  }

  /** The ARNs of the rules that listeners create on the bus. */
  get listenerRuleArns(): string {
    return this.ruleArn(`${LISTENER_PREFIX}*`);
  }

  /** @param name the name of a rule on the bus; can contain wildcards */
  ruleArn(name: string): string {
    return Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: `${this.bus.eventBusName}/${name}` });
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html */
  private createBus(name: string | undefined, key: IKey | undefined): EventBus {
    const bus = new EventBus(this, 'Bus', {
      // The CDK's default does not depend on the name of the stack, so that a second stack of the same app would collide with it.
      eventBusName: name ?? `${Stack.of(this).stackName}-changes`,
      description: 'Changes to items of the table',
      // The detail of an event has ids of persons.
      logConfig: { level: Level.ERROR, includeDetail: IncludeDetail.NONE },
      ...(key && { kmsKey: key, deadLetterQueue: this.unpublished }),
    });
    if (key) {
      this.unpublished.addToResourcePolicy(
        new PolicyStatement({
          sid: 'EventsThatCouldNotBeEncrypted',
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [this.unpublished.queueArn],
          conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
        }),
      );
    }
    return bus;
  }

  /**
   * Delivers the changes in order per item. Failures are retried for almost as long as the stream keeps the record, a day (AWS); then
   * the records go to the bucket. A batch that fails as a whole is split in two until the failing record is alone.
   */
  feed(states: StateTable, publish: IAlias, parallelizationFactor: number): void {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: publish,
      eventSourceArn: states.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: publishTiming.batchSize,
      ...(parallelizationFactor > 1 && { parallelizationFactor }),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: publishTiming.discardAfter,
      onFailure: { bind: () => ({ destination: this.discarded.bucket.bucketArn }) },
    });
    mapping.node.addDependency(this.publish.permissions);
  }
}
