import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEnvelope, type Envelope } from '../../../functions/core/envelope.ts';
import { createNotificationQueue, type NotificationQueueSettings } from '../../../functions/ingest/notification-queue.ts';
import { bytesOf, DOCUMENTED } from '../../support/notifications.ts';
import { startQueues } from '../../support/queues.ts';

const ENVELOPE: Envelope = { id: 'abc', receivedAt: 1_700_000_000_000, bytes: bytesOf(DOCUMENTED.signedBody) };
const PARKED: Envelope = { ...ENVELOPE, parked: { reason: 'not_json', signedFor: ['*'] } };
const SIGNAL = new AbortController().signal;

let queues: Awaited<ReturnType<typeof startQueues>>;
let given: NotificationQueueSettings;

const received = async (queueUrl: string) =>
  (await queues.receive(queueUrl)).map(({ Body = '', Attributes }) => ({
    envelope: decodeEnvelope(Body),
    trace: Attributes?.AWSTraceHeader,
  }));

beforeAll(async () => {
  queues = await startQueues();
  const [queueUrl, deadLetterQueueUrl] = [await queues.create('notifications'), await queues.create('dead-letters')];
  given = { client: queues.client, queueUrl, deadLetterQueueUrl };
});

afterEach(() => {
  delete process.env._X_AMZN_TRACE_ID;
});

afterAll(() => queues.stop());

describe('the queues of ingest', () => {
  test('receive accepted and parked notifications, each in its own queue', async () => {
    const queue = createNotificationQueue(given);
    await queue.accept(ENVELOPE, SIGNAL);
    await queue.park(PARKED, SIGNAL);
    expect(await received(given.queueUrl)).toEqual([{ envelope: ENVELOPE, trace: undefined }]);
    expect(await received(given.deadLetterQueueUrl)).toEqual([{ envelope: PARKED, trace: undefined }]);
  });

  test('pass on the trace of the invocation', async () => {
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    process.env._X_AMZN_TRACE_ID = trace;
    await createNotificationQueue(given).accept(ENVELOPE, SIGNAL);
    expect(await received(given.queueUrl)).toEqual([{ envelope: ENVELOPE, trace }]);
  });

  test('reject a message if they do not exist or do not answer in time', async () => {
    const { accept } = createNotificationQueue({ ...given, queueUrl: `${given.queueUrl}-deleted` });
    await expect(accept(ENVELOPE, SIGNAL)).rejects.toThrow('does not exist');
    const { park } = createNotificationQueue(given);
    await expect(park(PARKED, AbortSignal.abort())).rejects.toThrow('out of time waiting for SQS');
  });
});
