import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEnvelope, type Envelope } from '../../../functions/core/envelope.ts';
import { createNotificationQueue } from '../../../functions/ingest/notification-queue.ts';
import { type Endpoint, startEndpoint } from '../../../local/endpoint/endpoint.ts';
import { type SqsEngine, startSqs } from '../../../local/engines/fauxqs.ts';
import { bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const ENVELOPE: Envelope = { id: 'abc', receivedAt: 1_700_000_000_000, bytes: bytesOf(DOCUMENTED.signedBody) };
const PARKED: Envelope = { ...ENVELOPE, parked: { reason: 'not_json', signedFor: ['*'] } };
const SIGNAL = new AbortController().signal;

let endpoint: Endpoint;
let sqs: SqsEngine;
let client: SQSClient;
let urls: { readonly queueUrl: string; readonly deadLetterQueueUrl: string };

const received = async (QueueUrl: string) => {
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] }));
  return Messages.map(({ Body = '', Attributes }) => ({
    envelope: decodeEnvelope(Body),
    trace: Attributes?.AWSTraceHeader,
  }));
};

beforeAll(async () => {
  endpoint = await startEndpoint();
  sqs = await startSqs('eu-central-1', undefined);
  endpoint.services.set('sqs', sqs.serve);
  client = new SQSClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const create = async (QueueName: string) => (await client.send(new CreateQueueCommand({ QueueName }))).QueueUrl as string;
  urls = { queueUrl: await create('notifications'), deadLetterQueueUrl: await create('dead-letters') };
});

afterEach(() => {
  delete process.env._X_AMZN_TRACE_ID;
});

afterAll(async () => {
  await endpoint.stop();
  await sqs.stop();
});

describe('the queues of ingest', () => {
  test('receive accepted and parked notifications, each in its own queue', async () => {
    const queue = createNotificationQueue({ client, ...urls });
    await queue.accept(ENVELOPE, SIGNAL);
    await queue.park(PARKED, SIGNAL);
    expect(await received(urls.queueUrl)).toEqual([{ envelope: ENVELOPE, trace: undefined }]);
    expect(await received(urls.deadLetterQueueUrl)).toEqual([{ envelope: PARKED, trace: undefined }]);
  });

  test('pass on the trace of the invocation', async () => {
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    process.env._X_AMZN_TRACE_ID = trace;
    await createNotificationQueue({ client, ...urls }).accept(ENVELOPE, SIGNAL);
    expect(await received(urls.queueUrl)).toEqual([{ envelope: ENVELOPE, trace }]);
  });

  test('that do not exist, or not in time, are an error', async () => {
    const { accept } = createNotificationQueue({ client, ...urls, queueUrl: `${urls.queueUrl}-deleted` });
    await expect(accept(ENVELOPE, SIGNAL)).rejects.toThrow('does not exist');
    const { park } = createNotificationQueue({ client, ...urls });
    await expect(park(PARKED, AbortSignal.abort())).rejects.toThrow('out of time waiting for SQS');
  });
});
