import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChangeEvent } from '../../../functions/core/event.ts';
import { createEventBus } from '../../../functions/publish/event-bus.ts';
import { createUnpublishedQueue } from '../../../functions/publish/unpublished-queue.ts';
import { type Endpoint, startEndpoint } from '../../../local/endpoint/endpoint.ts';
import { awsAnswer, awsError } from '../../../local/endpoint/request.ts';

const EVENT = {
  source: 'fractal-webhooks',
  detailType: 'email_changed',
  detail: { version: 1, id: 'e1', user_id: 'u', as_of: 7, previous: null },
} satisfies ChangeEvent;

let endpoint: Endpoint;
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const config = () => ({ endpoint: endpoint.url, region: 'eu-central-1', credentials, maxAttempts: 1 });

beforeAll(async () => {
  endpoint = await startEndpoint();
});

afterAll(() => endpoint.stop());

/** Puts events on a bus that gives this answer, which the local event bus gives only at random. */
const putting = async (answer: object, ...events: ChangeEvent[]) => {
  let sent: unknown;
  endpoint.services.set('events', async ({ body }) => {
    sent = JSON.parse(body.toString());
    return awsAnswer(answer);
  });
  return { refusals: await createEventBus(new EventBridgeClient(config()), 'bus')(events), sent };
};

describe('putting events on the bus', () => {
  test('sends source, type and detail, and accepts an event that has an id', async () => {
    const { refusals, sent } = await putting({ FailedEntryCount: 0, Entries: [{ EventId: 'x' }] }, EVENT);
    expect(sent).toEqual({
      Entries: [
        {
          EventBusName: 'bus',
          Source: 'fractal-webhooks',
          DetailType: 'email_changed',
          Detail: '{"version":1,"id":"e1","user_id":"u","as_of":7,"previous":null}',
        },
      ],
    });
    expect(refusals).toEqual([undefined]);
  });

  test('returns the error of each event without an id', async () => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }, { EventId: 'x' }, {}];
    expect((await putting({ FailedEntryCount: 2, Entries }, EVENT, EVENT, EVENT)).refusals).toEqual([
      'ThrottlingException: slow down',
      undefined,
      'no answer: ',
    ]);
  });

  test('returns no results if the answer has none', async () => {
    expect((await putting({}, EVENT)).refusals).toEqual([]);
  });

  test('throws if the call fails', async () => {
    endpoint.services.set('events', async () => awsError(400, 'ResourceNotFoundException', 'no bus'));
    await expect(createEventBus(new EventBridgeClient(config()), 'bus')([EVENT])).rejects.toThrow('no bus');
  });
});

test('a record that cannot be published is sent to the queue complete, with its problem', async () => {
  let sent: { QueueUrl?: string; MessageBody?: string } = {};
  endpoint.services.set('sqs', async ({ body }) => {
    sent = JSON.parse(body.toString());
    return awsAnswer({ MessageId: 'm' });
  });
  const key = { pk: 'USER#u', sk: 'EMAIL' };
  const record = { id: 'e1', sequenceNumber: 's1', at: 1, key, before: undefined, after: { as_of: 'text' } };
  await createUnpublishedQueue(new SQSClient({ ...config(), md5: false }), `${endpoint.url}/queue`)(record, 'contradiction');
  expect(sent.QueueUrl).toBe(`${endpoint.url}/queue`);
  expect(JSON.parse(sent.MessageBody ?? '')).toEqual({
    v: 1,
    problem: 'contradiction',
    id: 'e1',
    at: 1,
    key,
    after: { as_of: 'text' },
  });
});
