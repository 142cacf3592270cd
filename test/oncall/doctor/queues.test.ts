import '../../support/as-npm.ts';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { createEventSourceMappings } from '../../../emulator/engines/lambda/event-source-mappings.ts';
import { createLambda } from '../../../emulator/engines/lambda/lambda.ts';
import { type SqsEngine, startSqs } from '../../../emulator/engines/sqs/fauxqs.ts';
import { RELEASE } from '../../../functions/release.ts';
import type { EventParts } from '../../../oncall/target.ts';
import { startAwsWith } from '../../support/aws-with.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { createAlarmed } from '../../support/local-alarms.ts';

const QUEUE = 'arn:aws:sqs:eu-central-1:000000000000:main';
const STREAM = 'arn:aws:dynamodb:eu-central-1:000000000000:table/states/stream/1';

const clock = instantWaits();
const { checkDeadLetters, checkMapping, checkStream, checkUnpublished } = await import('../../../oncall/doctor/queues.ts');
const { checkConcurrency } = await import('../../../oncall/doctor/concurrency.ts');
const { showRelease } = await import('../../../oncall/doctor/release.ts');

let sqs: SqsEngine;
let aws: Awaited<ReturnType<typeof startAwsWith>>;
let metrics: ReturnType<typeof createAlarmed>;
let events: EventParts;

beforeAll(async () => {
  sqs = await startSqs('eu-central-1', undefined);
  const idle = { drain: async () => {}, stop: async () => {} };
  const mappings = createEventSourceMappings([
    {
      id: 'stream-1',
      sourceArn: STREAM,
      functionName: 'publish:live',
      start: () => idle as never,
    },
    {
      id: 'queue-1',
      sourceArn: QUEUE,
      functionName: 'apply:live',
      start: () => idle as never,
    },
  ]);
  aws = await startAwsWith({
    sqs: sqs.serve,
    lambda: createLambda([], mappings.serve),
    cloudwatch: (request) => metrics.serve(request),
  });
  const client = new SQSClient(aws.target.client);
  for (const QueueName of ['main', 'dead', 'unpublished']) await client.send(new CreateQueueCommand({ QueueName }));
  events = { streamArn: STREAM, unpublishedQueueUrl: `${aws.url}/000000000000/unpublished` } as EventParts;
});

afterAll(async () => {
  await aws.stop();
  await sqs.stop();
});

beforeEach(() => {
  metrics = createAlarmed('arn:topic');
});

afterEach(() => aws.restore());

const enable = (UUID: string, Enabled: boolean) =>
  new LambdaClient(aws.target.client).send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));

/** Another service of the endpoint that answers as Lambda. */
const mappingsAre = (...pages: readonly object[]): void =>
  aws.around('lambda', /event-source-mappings/, async (_, nth) => awsAnswer(pages[nth - 1] ?? {}));

describe('the event source mapping of apply', () => {
  test('is enabled', async () => {
    expect(await checkMapping(aws.target)).toEqual({
      check: 'mapping',
      result: 'ok',
      says: 'the event source mapping of apply is enabled',
    });
  });

  test('is disabled: the command names it', async () => {
    await enable('queue-1', false);
    const finding = await checkMapping(aws.target);
    await enable('queue-1', true);
    expect(finding).toEqual({
      check: 'mapping',
      result: 'wrong',
      says: 'the event source mapping of apply is not enabled: Disabled',
      remedy: 'Enable it: aws lambda update-event-source-mapping --uuid queue-1 --enabled --region eu-central-1',
    });
  });

  test('is missing', async () => {
    const missing = {
      check: 'mapping',
      result: 'wrong',
      says: 'apply has no event source mapping',
      remedy: 'Redeploy the stack: npm run cdk -- deploy S',
    };
    mappingsAre({ EventSourceMappings: [] });
    expect(await checkMapping(aws.target)).toEqual(missing);
    mappingsAre({});
    expect(await checkMapping(aws.target)).toEqual(missing);
  });

  test('is found on a later page', async () => {
    mappingsAre({ EventSourceMappings: [], NextMarker: 'more' }, { EventSourceMappings: [{ State: 'Enabled' }] });
    expect((await checkMapping(aws.target)).result).toBe('ok');
  });
});

describe('the event source mapping of publish', () => {
  const AGE = { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName: 'publish' } };
  const KEEPS_UP = { check: 'stream', result: 'ok', says: 'the event source mapping of publish is enabled' };
  const behind = (span: string) => ({
    check: 'stream',
    result: 'wrong',
    says: `changes have waited ${span} in the stream, which keeps them for a day`,
    remedy: 'See events-behind in oncall/RUNBOOK.md.',
  });

  test('keeps up if it received nothing lately, or what it received is less than a minute old', async () => {
    expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
    metrics.put(AGE, 59_999);
    expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
    metrics.put({ ...AGE, dimensions: { FunctionName: 'apply' } }, 90_000);
    expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
  });

  test('is behind by the oldest change of the last minute', async () => {
    metrics.put(AGE, 60_000);
    metrics.put(AGE, 10);
    expect(await checkStream(aws.target, events)).toEqual(behind('1 min'));
    clock.pass(120_000);
    metrics.put(AGE, 7_200_000);
    expect(await checkStream(aws.target, events)).toEqual(behind('2 h'));
    clock.pass(120_000);
    metrics.put(AGE, 10);
    expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
  });

  test('is not judged by what it received more than a quarter of an hour ago', async () => {
    metrics.put(AGE, 60_000);
    clock.pass(15 * 60_000 + 1_000);
    expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
  });

  test('may have received nothing', async () => {
    for (const answer of [{}, { MetricDataResults: [] }, { MetricDataResults: [{ Id: 'age' }] }]) {
      aws.around('cloudwatch', 'GetMetricData', async () => awsAnswer(answer));
      expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
    }
  });

  test('may have a function without a name', async () => {
    mappingsAre({ EventSourceMappings: [{ State: 'Enabled' }] });
    expect(await checkStream(aws.target, events)).toEqual(KEEPS_UP);
  });

  test('is disabled', async () => {
    await enable('stream-1', false);
    const finding = await checkStream(aws.target, events);
    await enable('stream-1', true);
    expect(finding).toEqual({
      check: 'stream',
      result: 'wrong',
      says: 'the event source mapping of publish is not enabled: Disabled',
      remedy: 'Enable it: aws lambda update-event-source-mapping --uuid stream-1 --enabled --region eu-central-1',
    });
  });
});

describe('the messages of a queue', () => {
  const both = async (queueUrl: string): Promise<void> => {
    const client = new SQSClient(aws.target.client);
    for (const MessageBody of ['1', '2', '3']) await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 1 }));
  };

  test('for people are counted, also those that somebody has received', async () => {
    expect(await checkDeadLetters(aws.target)).toEqual({ check: 'dead letters', result: 'ok', says: 'none' });
    await both(aws.target.deadLetterQueueUrl);
    expect(await checkDeadLetters(aws.target)).toEqual({
      check: 'dead letters',
      result: 'wrong',
      says: '3 on the dead-letter queue',
      remedy: 'List them: npm run oncall -- dlq list --stack S',
    });
  });

  test('that could not be published are counted, also those that somebody has received', async () => {
    expect(await checkUnpublished(aws.target, events)).toEqual({ check: 'unpublished', result: 'ok', says: 'none' });
    await both(events.unpublishedQueueUrl);
    expect(await checkUnpublished(aws.target, events)).toEqual({
      check: 'unpublished',
      result: 'wrong',
      says: '3 could not be published',
      remedy: 'List them: npm run oncall -- events unpublished --stack S',
    });
  });
});

describe('the concurrency of the account', () => {
  test.each([
    [0, 'no unreserved concurrency is needed'],
    [1_000, '1000 concurrent executions unreserved, 1000 needed'],
  ])('covers a burst that needs %d', async (concurrencyNeeded, says) => {
    expect(await checkConcurrency({ ...aws.target, concurrencyNeeded })).toEqual({ check: 'concurrency', result: 'ok', says });
  });

  test('is too low', async () => {
    const wrong = (free: number, needed: number) => ({
      check: 'concurrency',
      result: 'wrong',
      says: `the account has ${free} unreserved concurrent executions, and a burst needs ${needed}: requests above the limit get 5xx, and Fractal retries them`,
      remedy:
        'Request more "Concurrent executions" of Lambda in Service Quotas. Or lower throttleBurst and throttleRate in infra/installations.ts, and deploy: npm run cdk -- deploy S',
    });
    expect(await checkConcurrency({ ...aws.target, concurrencyNeeded: 1_001 })).toEqual(wrong(1_000, 1_001));
    aws.around('lambda', /account-settings/, async () => awsAnswer({}));
    expect(await checkConcurrency({ ...aws.target, concurrencyNeeded: 1 })).toEqual(wrong(0, 1));
  });
});

test.each([
  [{ name: RELEASE, types: [] }, 'ok', `${RELEASE}, the same as this command line`],
  [
    { name: '0.9.0+abc', types: [] },
    'unknown',
    `0.9.0+abc is deployed; this command line is ${RELEASE}, and may judge messages differently`,
  ],
  [undefined, 'unknown', `the deployed one is not known; this command line is ${RELEASE}, and may judge messages differently`],
])('the release %p is shown beside that of this command line', (release, result, says) => {
  expect(showRelease({ ...aws.target, release })).toMatchObject({ check: 'release', result, says });
});
