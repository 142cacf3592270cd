import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Archive, EventBus, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Grant, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CHECK_SOURCE, EVENT_SOURCE } from '../../functions/core/event.ts';
import { acknowledge, inPacks, SERVERLESS } from '../acknowledge.ts';
import { publishTiming } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { BundledFunction } from './bundled-function.ts';
import type { EncryptionKey } from './encryption-key.ts';
import { queueDefaults } from './notification-queues.ts';
import type { StateTable } from './state-table.ts';

export interface ChangeEventsProps {
  readonly settings: Settings;
  readonly removalPolicy: RemovalPolicy;
  readonly encryption: EncryptionKey | undefined;
  readonly states: StateTable;
  readonly logs: LogGroup;
}

/** Every change of the table as an event on a bus of the stack's own, and what could not be published on a queue. */
export class ChangeEvents extends Construct {
  readonly bus: EventBus;
  readonly unpublished: Queue;
  /** Where whoever made a person up sees that their change was told. */
  readonly checks: Queue;
  readonly archive: Archive;
  readonly publish: BundledFunction;

  constructor(scope: Construct, id: string, { settings, removalPolicy, encryption, states, logs }: ChangeEventsProps) {
    super(scope, id);
    const key = encryption?.key;
    this.unpublished = new Queue(this, 'Unpublished', {
      ...queueDefaults({ removalPolicy, key }),
      retentionPeriod: publishTiming.unpublishedRetention,
    });
    acknowledge(this.unpublished, 'This is where failures end: a person looks at what is in it.', [
      'AwsSolutions-SQS3',
      ...inPacks('SQSRedrivePolicy', SERVERLESS),
    ]);
    // As somebody else's: CDK would have the key's policy name the bus, which names the queue, which names the key. What the key lets
    // EventBridge do stands in encryption-key.ts.
    const eventKey = key && Key.fromKeyArn(this, 'Key', key.keyArn);
    this.bus = this.createBus(eventKey);
    this.checks = this.createChecks(key);
    this.publish = new BundledFunction(this, 'Publish', {
      settings,
      folder: 'publish',
      description: 'Publishes every change of the table as an event',
      timeout: publishTiming.timeout,
      logs,
      concurrency: publishTiming.concurrency,
      calledBy: 'It is fed by the stream of the table, and has a queue for what it can not publish.',
      environment: { EVENT_BUS_NAME: this.bus.eventBusName, UNPUBLISHED_QUEUE_URL: this.unpublished.queueUrl },
    });
    const grant = (actions: string[], resource: string) =>
      Grant.addToPrincipal({ grantee: this.publish.permissions, actions, resourceArns: [resource] });
    grant(['events:PutEvents'], this.bus.eventBusArn);
    // Both for publish itself and for Lambda, which sends on its behalf.
    grant(['sqs:SendMessage'], this.unpublished.queueArn);
    states.grantStream(this.publish.permissions);
    acknowledge(
      this.publish.permissions,
      'Streams can only be listed all together, and X-Ray has no resources to name; all else names its resource.',
      ['AwsSolutions-IAM5[Resource::*]'],
    );
    encryption?.grantUse(this.publish.permissions, 'sqs', 'dynamodb');
    this.feed(states).node.addDependency(this.publish.permissions);

    // As far back as the table itself can be restored.
    this.archive = new Archive(this, 'Archive', {
      sourceEventBus: this.bus as IEventBus,
      eventPattern: { source: [EVENT_SOURCE] },
      retention: Duration.days(settings.recoveryDays),
      ...(eventKey && { kmsKey: eventKey }),
    });
  }

  /** The events of people whom doctor and the release check make up; nothing is lost with them. */
  private createChecks(key: IKey | undefined): Queue {
    const checks = new Queue(this, 'Checks', {
      ...queueDefaults({ removalPolicy: RemovalPolicy.DESTROY, key }),
      retentionPeriod: publishTiming.checkRetention,
    });
    acknowledge(checks, 'It is there to be looked at by doctor. What nobody has looked at after five minutes is not missed.', [
      'AwsSolutions-SQS3',
      ...inPacks('SQSRedrivePolicy', SERVERLESS),
    ]);
    const rule = new Rule(this, 'CheckRule', {
      eventBus: this.bus,
      // Nobody waits to see that a made-up person is gone.
      eventPattern: { source: [CHECK_SOURCE], detailType: Match.anythingBut('forgotten') },
      targets: [new SqsQueue(checks)],
    });
    acknowledge(rule, 'What cannot be handed to that queue is not missed.', inPacks('EventBusDLQ', SERVERLESS));
    return checks;
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html */
  private createBus(key: IKey | undefined): EventBus {
    const bus = new EventBus(this, 'Bus', {
      description: 'Changes of what is known of people',
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
   * Hands the changes over, in order per item. What fails is tried again for as long as the stream keeps it, a day (AWS); a batch that fails
   * as a whole is cut in two, until what is wrong with it is alone.
   */
  private feed(states: StateTable): EventSourceMapping {
    return new EventSourceMapping(this, 'Mapping', {
      target: this.publish.lambda,
      eventSourceArn: states.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: publishTiming.batchSize,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: { bind: () => ({ destination: this.unpublished.queueArn }) },
    });
  }
}
