import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { STACK_ENGINES } from '../support/engines.ts';
import { eventsOf, statesOf, untilPublished } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, DOCUMENTED } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

describe.each(STACK_ENGINES)('a stack on %s', (engine) => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ args: ['--dynamodb', engine, '--visibility-timeout', '2'] });
  });

  afterAll(() => stack.stop());

  test("publishes Fractal's documented example once, in EventBridge's format", async () => {
    const user = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';
    for (let time = 0; time < 2; time += 1) await stack.deliver(DOCUMENTED.signedBody);
    await eventually(async () => expect(await eventsOf(stack, user)).toHaveLength(1));
    await untilPublished(stack);
    expect(await eventsOf(stack, user)).toEqual([
      {
        version: '0',
        id: expect.any(String),
        'detail-type': 'verification_approved',
        source: 'fractal-webhooks',
        account: '000000000000',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'eu-central-1',
        resources: [],
        detail: {
          version: 1,
          id: expect.any(String),
          user_id: user,
          level: 'basic',
          status: 'approved',
          timestamp: '2020-10-09T10:50:32Z',
          as_of: Date.parse('2020-10-09T10:50:32Z'),
          previous: null,
        },
      },
    ]);
    await eventually(async () => expect(stack.output()).toMatch(/event +verification_approved +basic +b5c5a2cd/));
  });

  test('publishes nothing for stale notifications, attributes of a team, and other items in the table', async () => {
    const user = randomUUID();
    await stack.deliver(aVerification({ user, timestamp: '2024-05-06T07:08:09Z' }));
    // A queue does not keep the order: an older notification is stale only once the newer one is applied.
    await eventually(async () => expect(await eventsOf(stack, user)).toHaveLength(1));
    await stack.deliver(aVerification({ user, timestamp: '2024-05-05T07:08:09Z', status: 'rejected' }));
    const Key = { pk: { S: `USER#${user}` }, sk: { S: 'LEVEL#basic' } };
    await stack.dynamodb.send(
      new UpdateItemCommand({
        TableName: stack.tableName,
        Key,
        UpdateExpression: 'SET seen_by = :who',
        ExpressionAttributeValues: { ':who': { S: 'support' } },
      }),
    );
    await stack.putItem({ pk: 'TEAM#notes', sk: 'any' });
    await untilPublished(stack);
    expect(await statesOf(stack, user)).toEqual([['verification_approved', '2024-05-06T07:08:09Z']]);
  });

  test('publishes the previous state, no e-mail address, and deletions', async () => {
    const user = randomUUID();
    await stack.deliver(aVerification({ user, timestamp: '2024-05-05T07:08:09Z' }));
    await stack.deliver(anEmailChange(user, 'secret@example.com'));
    await eventually(async () => expect(await eventsOf(stack, user)).toHaveLength(2));
    await stack.deliver(aVerification({ user, timestamp: '2024-05-06T07:08:09Z', status: 'rejected' }));
    await eventually(async () => expect(await eventsOf(stack, user)).toHaveLength(3));
    for (const sk of ['LEVEL#basic', 'EMAIL']) {
      const Key = { pk: { S: `USER#${user}` }, sk: { S: sk } };
      await stack.dynamodb.send(new DeleteItemCommand({ TableName: stack.tableName, Key }));
    }
    const events = await eventually(async () => {
      const all = await eventsOf(stack, user);
      expect(all).toHaveLength(5);
      return all;
    });
    const [, , rejected, forgotten] = events.map(({ detail }) => detail as Json);
    expect(rejected?.previous).toEqual({
      status: 'approved',
      timestamp: '2024-05-05T07:08:09Z',
      as_of: Date.parse('2024-05-05T07:08:09Z'),
    });
    expect(forgotten).toMatchObject({ user_id: user, level: 'basic', previous: { status: 'rejected' } });
    expect(new Set(events.map(({ detail }) => (detail as Json).id)).size).toBe(5);
    expect(JSON.stringify(events)).not.toContain('example.com');
  });
});

const byType = (one: Json, other: Json): number => String(one['detail-type']).localeCompare(String(other['detail-type']));

test('--forward-events posts each event, and retries until the answer is 2xx', async () => {
  const posted: Json[] = [];
  let refusals = 2;
  const server = createServer(async (request, response) => {
    const event = JSON.parse(await text(request));
    response.statusCode = refusals > 0 ? 500 : 204;
    if (refusals > 0) refusals -= 1;
    else posted.push(event);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const stack = await runStack({ args: ['--forward-events', url] });
  const user = randomUUID();
  for (const status of ['contacted', 'rejected'] as const) {
    await stack.deliver(aVerification({ user, status }));
    await eventually(async () => expect((await stack.item(`USER#${user}`, 'LEVEL#basic'))?.status).toBe(status));
  }
  await eventually(async () => expect(posted).toHaveLength(2));
  // The second is sent while the first waits to be retried.
  expect(posted.toSorted(byType)).toEqual((await stack.view<Json[]>('events')).toSorted(byType));
  expect(posted.map((event) => event['detail-type']).sort()).toEqual(['verification_contacted', 'verification_rejected']);
  await eventually(async () => expect(stack.output()).toContain(`${url} answered 500`));
  await stack.stop();
  server.close();
});

describe("a team's rule in the template", () => {
  const withRule =
    (change: Json = {}) =>
    ({ Resources }: Json): void => {
      const [bus] = Object.entries<Json>(Resources).find(([, { Type }]) => Type === 'AWS::Events::EventBus') ?? [];
      const Arn = { 'Fn::GetAtt': ['Unlocking', 'Arn'] };
      const Principal = { Service: 'events.amazonaws.com' };
      const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: Arn }];
      const EventPattern = {
        source: ['fractal-webhooks'],
        'detail-type': ['verification_approved'],
        detail: { level: ['plus'] },
      };
      Object.assign(Resources, {
        Unlocking: { Type: 'AWS::SQS::Queue', Properties: {} },
        UnlockingPolicy: {
          Type: 'AWS::SQS::QueuePolicy',
          Properties: { Queues: [{ Ref: 'Unlocking' }], PolicyDocument: { Statement } },
        },
        UnlockRule: {
          Type: 'AWS::Events::Rule',
          Properties: { EventBusName: { Ref: bus }, EventPattern, Targets: [{ Id: 'unlock', Arn, ...change }] },
        },
      });
    };

  test('sends only matching events to its queue', async () => {
    const stack = await runStack({ change: withRule() });
    const QueueUrl = stack.queueUrl.replace(/[^/]+$/, 'FractalWebhooks-Unlocking');
    const user = randomUUID();
    await stack.deliver(aVerification({ user, level: 'basic' }));
    await stack.deliver(aVerification({ user, level: 'plus', status: 'rejected' }));
    await stack.deliver(aVerification({ user: `doctor-${user}`, level: 'plus' }));
    await stack.deliver(aVerification({ user, level: 'plus', timestamp: '2024-06-06T07:08:09Z' }));
    await eventually(async () => {
      const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      expect(Messages.map(({ Body = '' }) => JSON.parse(Body).detail)).toEqual([
        expect.objectContaining({ user_id: user, level: 'plus', status: 'approved' }),
      ]);
    });
    await stack.stop();
  });

  test('stops the start if it has an unsupported property', async () => {
    const failed = runStack({ change: withRule({ InputPath: '$.detail' }) });
    await expect(failed).rejects.toThrow("does not support InputPath of a rule's target");
  });
});
