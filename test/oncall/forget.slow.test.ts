import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityBatchCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({ args: ['--visibility-timeout', '5'] });
});

afterAll(() => stack.stop());

const forget = (...args: string[]) => callCommand(['forget', ...args, '--stack-file', stack.stackFile]);

const keys = async () =>
  (await stack.dynamodb.send(new ScanCommand({ TableName: stack.tableName }))).Items?.map(({ pk }) => pk?.S);

describe('forget', () => {
  test("deletes one person's data from table, queue and dead-letter queue, and nobody else's", async () => {
    const [person, human, other] = [randomUUID(), randomUUID(), randomUUID()];
    const shared = {
      type: 'credential_shared',
      data: { idos_human_id: human, credential_id: 'c', shared_at: '2024-05-06T07:08:09Z' },
    };
    for (const user of [person, other]) {
      for (const level of ['basic', 'plus']) await stack.deliver(aVerification({ user, level }));
      await stack.deliver(anEmailChange(user));
    }
    await stack.deliver(JSON.stringify(shared));
    await eventually(async () => expect(await keys()).toHaveLength(7));
    await stack.feed('sqs', false);
    for (const user of [person, other]) {
      await stack.deliver(aVerification({ user, level: 'late' }));
      await stack.deliver(aVerification({ user, timestamp: '2020-02-30T00:00:00Z' }));
      await stack.deliver(JSON.stringify({ type: 'verification_paused', data: { who: [user] } }));
    }

    expect(await forget(person, '--human', human)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Would delete 4 items in the table, 2 dead letters, .*\n.*dry run: nothing was deleted/),
    });
    expect([(await keys())?.length, await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([7, 2, 4]);

    const { status, stdout } = await forget(person, '--human', human, '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({
      dry_run: false,
      items: 4,
      queued: 1,
      dead_letters: 2,
      unpublished: 0,
      left: 0,
      hidden: 0,
      perhaps: [],
    });
    expect(status).toBe(0);
    expect([await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([1, 2]);
    await stack.feed('sqs', true);
    await eventually(async () => expect(await stack.item(`USER#${other}`, 'LEVEL#late')).toBeDefined());
    expect(new Set(await keys())).toEqual(new Set([`USER#${other}`]));
  });

  test('waits for messages that apply has in flight', async () => {
    const person = randomUUID();
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'slow', delay: 1_200 }]);
    await stack.deliver(aVerification({ user: person }));
    await eventually(async () =>
      expect((await stack.view<Record<string, number>>('injected'))['dynamodb slow']).toBeGreaterThan(0),
    );
    expect((await forget(person, '--yes')).stdout).toMatch(/^Deleted: 1 item in the table/);
    await stack.setFaults([]);
    expect(await stack.item(`USER#${person}`, 'LEVEL#basic')).toBeUndefined();
  });

  test('finds an id that is a number, a key or encoded', async () => {
    await stack.deliver(
      '{"type":"verification_approved","data":{"level":"plus","user_id":424242,"timestamp":"2024-01-01T00:00:00Z"}}',
    );
    await stack.deliver('{"type":"x","users":{"424242":true}}');
    await stack.deliver('user_id=%34%32%34242&level=plus');
    expect((await forget('424242', '--yes', '--json')).stdout).toContain('"dead_letters":3');
  });

  test('reports an incomplete deletion if it cannot read a message, and keeps the message for the user to decide', async () => {
    const { answer } = await stack.deliver(Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
    const { status, stdout } = await forget('nobody', '--yes');
    expect(stdout).toContain(`The deletion is incomplete:\n1 message can't be read, or may be about someone else.`);
    expect([status, stdout.includes(answer.id as string)]).toEqual([1, true]);
    await callCommand([
      'dlq',
      'drop',
      '--all',
      '--yes',
      '--export',
      join(tmpdir(), randomUUID()),
      '--stack-file',
      stack.stackFile,
    ]);
  });

  test('reports an incomplete deletion while another reader has received a message', async () => {
    await stack.deliver('{"user_id":"hidden-from-forget"}');
    const request = { QueueUrl: stack.deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
    const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand(request));
    expect(Messages).toHaveLength(1);
    const { status, stdout } = await forget('hidden-from-forget', '--yes');
    expect(stdout).toContain('1 message in flight could not be read');
    expect(status).toBe(1);
    const Entries = [{ Id: '0', ReceiptHandle: Messages[0]?.ReceiptHandle, VisibilityTimeout: 0 }];
    await stack.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: stack.deadLetterQueueUrl, Entries }));
    expect(await forget('hidden-from-forget', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 dead letter,'),
    });
  });

  test('reports an incomplete deletion while another reader has received an unpublished change', async () => {
    const QueueUrl = stack.unpublishedQueueUrl;
    const body = { v: 1, problem: 'p', id: 'i', key: { pk: 'USER#set-aside', sk: 'EMAIL' }, after: { email: 'jon@example.com' } };
    await stack.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
    const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
    for (const args of [[], ['--yes']]) {
      const { status, stdout } = await forget('set-aside', ...args);
      expect([status, stdout]).toEqual([1, expect.stringContaining('1 message in flight could not be read')]);
    }
    const Entries = [{ Id: '0', ReceiptHandle: Messages[0]?.ReceiptHandle, VisibilityTimeout: 0 }];
    await stack.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    expect(await forget('set-aside', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 unpublished change deleted'),
    });
  });

  test('deletes nothing while the table is down', async () => {
    await stack.deliver(JSON.stringify({ type: 'verification_paused', data: { user_id: 'waiting' } }));
    const before = await stack.deadLetterDepth();
    await stack.setFaults([{ service: 'dynamodb', fault: 'error' }]);
    expect(await forget('waiting', '--yes')).toMatchObject({ status: 2, stderr: expect.stringContaining('InternalServerError') });
    await stack.setFaults([]);
    expect(await stack.deadLetterDepth()).toBe(before);
  });

  test('of an unknown person deletes nothing, and reports it', async () => {
    expect((await forget('nobody', '--yes')).stdout).toMatch(
      /^Deleted: 0 items in the table, 0 dead letters, 0 messages on the main queue\./,
    );
  });
});
