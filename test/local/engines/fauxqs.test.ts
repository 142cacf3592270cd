import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ACCOUNT_ID, REGION } from '../../../local/account.ts';
import { type SqsEngine, startSqs } from '../../../local/engines/fauxqs.ts';
import { keepMessages } from '../../../local/engines/kept-messages.ts';
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

  test.each(TWO_WAYS)('that %s makes visible are counted at once, and can be received at once', async (_, show) => {
    const { ReceiptHandle } = await receive(600);
    expect(await visible()).toEqual([0, '0']);
    await show(ReceiptHandle);
    expect(await visible()).toEqual([1, '1']);
    expect(await receive(600)).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '2' } });
  });

  test('that were received with a visibility timeout of 0 are counted, though nobody receives again', async () => {
    await receive(0);
    expect(sqs.depthOf('letters').visible).toBe(1);
    expect(await visible()).toEqual([1, '1']);
  });

  test('whose visibility timeout passes are counted, though nobody receives again', async () => {
    await receive(1);
    expect(sqs.depthOf('letters').visible).toBe(0);
    await eventually(async () => expect(sqs.depthOf('letters').visible).toBe(1));
    expect(await visible()).toEqual([1, '1']);
  });

  test('can be deleted with the receipt of the last time, also when they have become visible meanwhile', async () => {
    const { ReceiptHandle } = await receive(0);
    expect(sqs.depthOf('letters').visible).toBe(1);
    await call('DeleteMessage', { QueueUrl, ReceiptHandle });
    expect(await visible()).toEqual([0, '0']);
  });

  test('are on a queue whose URL leads to this run', async () => {
    expect(await call('GetQueueUrl', { QueueName: 'letters' })).toEqual({ QueueUrl });
    expect(await call('ListQueues', {})).toEqual({ QueueUrls: [QueueUrl] });
  });

  if (where === 'in memory') return;

  test('are there after a restart: those that were made visible are, with the count of their receives', async () => {
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

  test('that were under way at a restart still are, and their receipt is good', async () => {
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

  test('that were under way at a restart are counted once their time has passed, though nobody receives', async () => {
    await receive(1);
    await sqs.stop();
    await begin();
    await eventually(async () => expect(sqs.depthOf('letters').visible).toBe(1));
  });

  test('are on a queue whose URL leads to this run, also after a restart elsewhere', async () => {
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
  test('is on one of the two queues, in memory and after a restart, though the disk is full', async () => {
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
