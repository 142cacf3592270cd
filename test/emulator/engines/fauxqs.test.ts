import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNT_ID, REGION } from '../../../emulator/aws/account.ts';
import { type SqsEngine, startSqs } from '../../../emulator/engines/sqs/fauxqs.ts';
import { keepMessages } from '../../../emulator/engines/sqs/kept-messages.ts';
import { SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { eventually } from '../../support/eventually.ts';

const HOST = '127.0.0.1:4000';
const QueueUrl = `http://${HOST}/${ACCOUNT_ID}/letters`;

let folder: string;
let sqs: SqsEngine;

const call = async (action: string, input: object) => {
  const headers = { host: HOST, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` };
  const body = Buffer.from(JSON.stringify(input));
  const { status, body: answer } = await sqs.serve({ accessKeyId: 'any', service: 'sqs', action, headers, body });
  expect([action, status, answer.toString()]).toEqual([action, 200, expect.anything()]);
  return JSON.parse(answer.toString() || '{}');
};

const receive = async (VisibilityTimeout: number) => {
  const { Messages = [] } = await call('ReceiveMessage', { QueueUrl, VisibilityTimeout, MessageSystemAttributeNames: ['All'] });
  return Messages[0];
};

const visible = async (): Promise<[number, string]> => {
  const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
  return [sqs.depthOf('letters').visible, Attributes.ApproximateNumberOfMessages];
};

const TWO_WAYS = [
  [
    'ChangeMessageVisibility',
    (ReceiptHandle: string) => call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
  ],
  [
    'ChangeMessageVisibilityBatch',
    (ReceiptHandle: string) =>
      call('ChangeMessageVisibilityBatch', { QueueUrl, Entries: [{ Id: '0', ReceiptHandle, VisibilityTimeout: 0 }] }),
  ],
] as const;

describe.each(['in memory', 'kept'])('messages %s', (where) => {
  const begin = async (): Promise<void> => {
    sqs = await startSqs(REGION, where === 'kept' ? folder : undefined);
    await call('CreateQueue', { QueueName: 'letters' });
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-sqs-'));
    await begin();
    await call('SendMessage', { QueueUrl, MessageBody: 'hello' });
  });

  afterEach(async () => {
    await sqs.stop();
    await rm(folder, { recursive: true });
  });

  test.each(TWO_WAYS)('are visible at once after %s, and can be received', async (_, show) => {
    const { ReceiptHandle } = await receive(600);
    expect(await visible()).toEqual([0, '0']);
    await show(ReceiptHandle);
    expect(await visible()).toEqual([1, '1']);
    expect(await receive(600)).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '2' } });
  });

  test('with a visibility timeout of 0 are counted without another receive', async () => {
    await receive(0);
    expect(sqs.depthOf('letters').visible).toBe(1);
    expect(await visible()).toEqual([1, '1']);
  });

  test('whose visibility timeout has passed are counted without another receive', async () => {
    await receive(1);
    expect(sqs.depthOf('letters').visible).toBe(0);
    await eventually(async () => expect(sqs.depthOf('letters').visible).toBe(1));
    expect(await visible()).toEqual([1, '1']);
  });

  test('can be deleted with the last receipt handle, even if they are visible again', async () => {
    const { ReceiptHandle } = await receive(0);
    expect(sqs.depthOf('letters').visible).toBe(1);
    await call('DeleteMessage', { QueueUrl, ReceiptHandle });
    expect(await visible()).toEqual([0, '0']);
  });

  test('are on a queue with the URL of this run', async () => {
    expect(await call('GetQueueUrl', { QueueName: 'letters' })).toEqual({ QueueUrl });
    expect(await call('ListQueues', {})).toEqual({ QueueUrls: [QueueUrl] });
  });

  if (where === 'in memory') return;

  test('survive a restart, with visibility and receive count', async () => {
    await call('ChangeMessageVisibility', {
      QueueUrl,
      ReceiptHandle: (await receive(600)).ReceiptHandle,
      VisibilityTimeout: 0,
    });
    await sqs.stop();
    await begin();
    expect(await visible()).toEqual([1, '1']);
    expect(await receive(600)).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '2' } });
  });

  test('in flight at a restart stay in flight, and their receipt handles stay valid', async () => {
    const { ReceiptHandle } = await receive(600);
    await sqs.stop();
    await begin();
    expect(await visible()).toEqual([0, '0']);
    await call('DeleteMessage', { QueueUrl, ReceiptHandle });
    await sqs.stop();
    await begin();
    const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] });
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
  });

  test('in flight at a restart are counted after their visibility timeout without another receive', async () => {
    await receive(1);
    await sqs.stop();
    await begin();
    await eventually(async () => expect(sqs.depthOf('letters').visible).toBe(1));
  });

  test('are on a queue with the URL of the current run after a restart', async () => {
    await sqs.stop();
    sqs = await startSqs(REGION, folder);
    const headers = {
      host: '127.0.0.1:5000',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.ListQueues',
    };
    const answer = await sqs.serve({
      accessKeyId: 'any',
      service: 'sqs',
      action: 'ListQueues',
      headers,
      body: Buffer.from('{}'),
    });
    expect(JSON.parse(answer.body.toString())).toEqual({ QueueUrls: [`http://127.0.0.1:5000/${ACCOUNT_ID}/letters`] });
  });
});

describe('a message that moves to the dead-letter queue', () => {
  test('is always on one of the two queues, in memory and after a restart, even if the disk is full', async () => {
    const data = await mkdtemp(join(tmpdir(), 'fractal-webhooks-sqs-'));
    const store = new SqsStore();
    const kept = keepMessages(store, data);
    const dead = store.createQueue('dead', 'http://h/0/dead', 'arn:dead');
    const RedrivePolicy = JSON.stringify({ maxReceiveCount: 1, deadLetterTargetArn: 'arn:dead' });
    const queue = store.createQueue('queue', 'http://h/0/queue', 'arn:queue', { RedrivePolicy });
    queue.enqueue(SqsStore.createMessage('hello'));
    const move = () => queue.dequeue(1, 0, (arn) => store.getQueueByArn(arn));
    expect(move()).toHaveLength(1);
    const full = jest
      .spyOn(store.persistence as NonNullable<typeof store.persistence>, 'insertMessage')
      .mockImplementation(() => {
        throw new Error('database or disk is full');
      });
    expect(move).toThrow('full');
    expect([queue.messages.length, dead.messages.length]).toEqual([1, 0]);

    const after = new SqsStore();
    keepMessages(after, data).close();
    expect(after.getQueueByName('queue')?.messages).toHaveLength(1);

    full.mockRestore();
    expect(move()).toEqual([]);
    expect([queue.messages.length, dead.messages.length]).toEqual([0, 1]);
    kept.close();
    await rm(data, { recursive: true });
  });
});
