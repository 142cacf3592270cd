import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeEnvelope, encodeEnvelope } from '../../functions/core/envelope.ts';
import { logged } from '../support/lambda.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED } from '../support/notifications.ts';
import { type Apply, loadApply, loadIngest } from './functions.ts';
import { type MotoStack, startMotoStack } from './moto-stack.ts';
import { createOncall } from './oncall.ts';
import { createQueue } from './queue.ts';

let moto: MotoStack;
let folder: string;
let oncall: Awaited<ReturnType<typeof createOncall>>;
let post: Awaited<ReturnType<typeof loadIngest>>;
let apply: Apply;
let queue: ReturnType<typeof createQueue>;
let deadLetterQueue: ReturnType<typeof createQueue>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-moto-'));
  moto = await startMotoStack();
  oncall = await createOncall(moto);
  await moto.secrets.send(new PutSecretValueCommand({ SecretId: moto.outputs.SecretId, SecretString: DOCUMENTED.token }));
  post = await loadIngest(moto);
  apply = await loadApply(moto);
  queue = createQueue(moto.sqs, moto.outputs.QueueUrl);
  deadLetterQueue = createQueue(moto.sqs, moto.outputs.DeadLetterQueueUrl);
});

afterAll(async () => {
  await moto.stop();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  for (const { take } of [queue, deadLetterQueue]) while ((await take()).length > 0);
});

const listed = async () => JSON.parse((await oncall('dlq', 'list', '--json')).stdout);

const crash: Apply = () => Promise.reject(new Error('crashed'));

describe('on the dead-letter queue of moto', () => {
  test('is what apply crashed on five times; a redrive applies it', async () => {
    await logged(() => post(aVerification({ user: 'crashed' })));
    for (let time = 1; time <= 5; time += 1) expect(await queue.feed(crash)).toBe(1);
    expect(await deadLetterQueue.depth()).toBe(0);
    expect(await queue.feed(crash)).toBe(0);
    expect(await deadLetterQueue.depth()).toBe(1);

    expect(await listed()).toMatchObject([
      { type: 'verification_approved', cause: 'apply gave up after 5 attempts', if_redriven: 'would_apply' },
    ]);
    expect(await oncall('dlq', 'redrive', '--would-apply', '--yes')).toMatchObject({
      status: 0,
      stdout: '1 of 1 sent back to the queue. 0 messages are left on the dead-letter queue.\n',
    });
    expect(await listed()).toEqual([]);
    await logged(async () => expect(await queue.feed(apply)).toBe(1));
    expect(await queue.depth()).toBe(0);
    expect((await oncall('status', 'crashed')).stdout).toMatch(/basic +approved +2024-05-06T07:08:09Z/);
  });

  test('is what was parked; when this release understands it, a redrive applies it', async () => {
    const body = anEmailChange('parked', 'jon@example.com');
    const parked = { reason: 'unknown_type: email_changed', signedFor: ['*'] };
    const MessageBody = encodeEnvelope({ id: 'parked', receivedAt: Date.now(), bytes: bytesOf(body), parked });
    await moto.sqs.send(new SendMessageCommand({ QueueUrl: moto.outputs.DeadLetterQueueUrl, MessageBody }));

    expect(await listed()).toMatchObject([{ cause: 'parked: unknown_type: email_changed', if_redriven: 'would_apply' }]);
    expect(await oncall('dlq', 'redrive', '--reason', 'unknown_type', '--yes')).toMatchObject({ status: 0 });
    await logged(async () => expect(await queue.feed(apply)).toBe(1));
    expect((await oncall('status', 'parked', '--reveal')).stdout).toContain('jon@example.com');
  });

  test('is what nobody understands, which a drop takes off and an import brings back, with all its bytes', async () => {
    const bodies = [Buffer.from([0xff, 0x00, 0x7f]), Buffer.from('{"type":"verification_paused","note":"é😀"}')];
    await logged(async () => {
      for (const body of bodies) expect(await post(body)).toMatchObject({ answer: { status: 'parked' } });
    });
    const file = join(folder, 'dropped.jsonl');
    expect(await oncall('dlq', 'drop', '--all', '--export', file, '--yes')).toMatchObject({ status: 0 });
    expect(await deadLetterQueue.depth()).toBe(0);
    expect(await oncall('dlq', 'import', file, '--yes')).toMatchObject({ status: 0 });
    const kept = (await deadLetterQueue.take()).map(({ Body = '' }) => Buffer.from(decodeEnvelope(Body)?.bytes ?? []));
    expect(kept.toSorted(Buffer.compare)).toEqual(bodies.toSorted(Buffer.compare));
  });

  test('is nothing of a person who is forgotten, nor on the queue or in the table', async () => {
    await logged(async () => {
      await post(aVerification({ user: 'forgotten' }));
      await queue.feed(apply);
      await post(aVerification({ user: 'forgotten', level: 'plus' }));
      await post(aVerification({ user: 'stays' }));
    });
    const MessageBody = encodeEnvelope({ id: 'dead', receivedAt: 0, bytes: bytesOf(anEmailChange('forgotten')) });
    await moto.sqs.send(new SendMessageCommand({ QueueUrl: moto.outputs.DeadLetterQueueUrl, MessageBody }));
    const { stdout } = await oncall('forget', 'forgotten', '--json', '--yes');
    expect(JSON.parse(stdout)).toMatchObject({ items: 1, queued: 1, dead_letters: 1 });
    expect(await oncall('status', 'forgotten')).toMatchObject({ status: 1 });
    expect([await queue.depth(), await deadLetterQueue.depth()]).toEqual([1, 0]);
  });
});
