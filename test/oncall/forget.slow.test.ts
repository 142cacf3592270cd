import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { callCommand, ONCALL } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({ args: ['--visibility-timeout', '5'] });
});

afterAll(() => stack.stop());

beforeEach(async () => {
  await stack.feed('sqs', true);
  for (const QueueUrl of [stack.queueUrl, stack.deadLetterQueueUrl]) await stack.sqs.send(new PurgeQueueCommand({ QueueUrl }));
});

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
      stdout: expect.stringMatching(
        /^Would delete 4 items in the table, 4 records in the history, 2 dead letters, .*\n.*dry run: nothing was deleted/,
      ),
    });
    expect([(await keys())?.length, await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([7, 2, 4]);

    const { status, stdout } = await forget(person, '--human', human, '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({
      dry_run: false,
      items: 4,
      records: 4,
      queued: 1,
      dead_letters: 2,
      unpublished: 0,
      unforwarded: 0,
      left: 0,
      hidden: 0,
      unread: 0,
      ids: [expect.any(String), expect.any(String), expect.any(String)],
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

  test('deletes no message of anybody else because of a mere mention, and names those that a person must decide', async () => {
    await stack.feed('sqs', false);
    const extra = (user: string, fields: object) => {
      const { type, data } = JSON.parse(aVerification({ user }));
      return JSON.stringify({ type, data: { ...data, ...fields } });
    };
    const checks = await stack.deliver(extra('other-person-0002', { checks: ['a', 'b', 'c'] }));
    const attempt = await stack.deliver(extra('other-person-0003', { attempt: 2 }));
    const parked = await stack.deliver('{"type":"x","users":{"2":true}}');
    for (const id of ['2', 'a']) {
      const { status, stdout } = await forget(id, '--yes');
      expect(stdout).toMatch(
        /^Deleted: 0 items in the table, 0 records in the history, 0 dead letters, 0 messages on the main queue\.\nAll that is surely the person's is deleted\./,
      );
      expect([status, stdout]).toEqual([1, expect.stringContaining((id === '2' ? attempt : checks).answer.id as string)]);
    }
    expect([await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([2, 1]);
    const { stdout } = await forget('2', '--yes');
    const [, show = ''] = new RegExp(`(dlq show ${parked.answer.id}) --stack-file`).exec(stdout) ?? [];
    expect((await callCommand([...show.split(' '), '--stack-file', stack.stackFile])).status).toBe(0);
    await stack.feed('sqs', true);
    await eventually(async () => expect(await stack.item('USER#other-person-0003', 'LEVEL#basic')).toBeDefined());
  });

  test('finds items and messages whatever way the id is written, and leaves messages with the address alone to the user', async () => {
    const uuid = randomUUID();
    const undashed = uuid.replaceAll('-', '');
    const mixed = `${uuid.slice(0, 18).toUpperCase()}${uuid.slice(18)}`;
    const other = randomUUID();
    for (const id of [uuid, uuid.toUpperCase(), undashed, ` ${uuid}`, `{${mixed}}`, other]) {
      await stack.putItem({ pk: `USER#${id}`, sk: 'NOTE#team', user_id: id });
    }
    await stack.putItem({ pk: `USER#${uuid}`, sk: 'EMAIL', user_id: uuid, email: 'jane.doe@example.com' });
    await stack.putItem({ pk: `USER#${other}`, sk: 'EMAIL', user_id: other, email: 'not.jane.doe@example.com' });
    await stack.deliver(`{"type":"x","data":{"who":"${undashed}"}}`);
    const withAddress = await stack.deliver('{"type":"email_changed","data":{"email":"Jane.Doe@example.com"}}');
    await stack.deliver('{"type":"email_changed","data":{"email":"not.jane.doe@example.com"}}');
    const { status, stdout } = await forget(uuid, '--yes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ items: 6, dead_letters: 1, left: 0, perhaps: [withAddress.answer.id] });
    expect([status, stdout.includes('jane')]).toEqual([1, false]);
    expect((await keys())?.filter((pk) => pk?.includes(other))).toHaveLength(2);
    expect(await stack.deadLetterDepth()).toBe(2);

    const nfc = 'jos\u00e9';
    for (const id of [nfc, nfc.normalize('NFD'), 'JOS\u00c9'])
      await stack.putItem({ pk: `USER#${id}`, sk: 'NOTE#team', user_id: id });
    expect(JSON.parse((await forget(nfc, '--yes', '--json')).stdout)).toMatchObject({ items: 2, left: 0 });
  });

  test('costs the waiting messages of others none of their attempts', async () => {
    await stack.feed('sqs', false);
    const users = Array.from({ length: 20 }, () => randomUUID());
    for (const user of users) await stack.deliver(aVerification({ user }));
    for (let run = 1; run <= 3; run += 1) await forget(randomUUID(), '--yes');
    expect([await stack.queueDepth(), await stack.deadLetterDepth()]).toEqual([20, 0]);
    const request = { QueueUrl: stack.queueUrl, MaxNumberOfMessages: 1, VisibilityTimeout: 0 };
    const { Messages = [] } = await stack.sqs.send(
      new ReceiveMessageCommand({ ...request, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }),
    );
    expect(Messages[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
    await stack.feed('sqs', true);
    await eventually(async () => expect(await keys()).toEqual(expect.arrayContaining(users.map((user) => `USER#${user}`))));
  });

  test('is not stopped by a message that nobody can read to the end', async () => {
    const person = randomUUID();
    const hostile = [
      `{"type":"future_type","data":{"note":"%${'25'.repeat(60_000)}"}}`,
      `{"type":"future_type","data":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      `{"type":"future_type","data":{"user_id":${'['.repeat(60_000)}1${']'.repeat(60_000)}}}`,
    ];
    const ids: string[] = [];
    for (const body of hostile) ids.push((await stack.deliver(body)).answer.id as string);
    await stack.deliver(`{"type":"future_type","data":{"user_id":"${person}"}}`);
    const { status, stdout, stderr } = await forget(person, '--yes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ dead_letters: 1, perhaps: [ids[0]] });
    expect([status, stderr]).toEqual([1, '']);
    for (const id of ids) {
      for (const json of [[], ['--json']])
        expect(await callCommand(['dlq', 'show', id, ...json, '--stack-file', stack.stackFile])).toMatchObject({
          status: 0,
          stderr: '',
        });
    }
    expect(await callCommand(['dlq', 'list', '--stack-file', stack.stackFile])).toMatchObject({ status: 1, stderr: '' });
  });

  test('an interrupted run hides nothing, reports what it deleted, and the next one completes it', async () => {
    const person = randomUUID();
    await stack.feed('sqs', false);
    for (let count = 0; count < 3; count += 1) {
      await stack.deliver(aVerification({ user: person, level: `l${count}` }));
      await stack.deliver(aVerification({ level: `l${count}` }));
    }
    await stack.setFaults([{ service: 'sqs', action: 'DeleteMessage', fault: 'slow', delay: 1_500 }]);
    const child = spawn(process.execPath, [ONCALL, 'forget', person, '--yes', '--stack-file', stack.stackFile]);
    const exited = once(child, 'exit');
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    await eventually(async () => expect((await stack.view<Record<string, number>>('injected'))['sqs slow']).toBeGreaterThan(0));
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    await stack.setFaults([]);
    expect(await stdout).toMatch(/^Deleted: 0 items[\s\S]*The deletion is incomplete:\nIt did not finish: repeat the command\./);
    expect(await stderr).toContain('error: Interrupted.');
    const { Attributes = {} } = await stack.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: stack.queueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes.ApproximateNumberOfMessagesNotVisible).toBe('0');
    expect((await forget(person, '--yes')).status).toBe(0);
    expect(await stack.queueDepth()).toBe(3);
    await stack.feed('sqs', true);
    await eventually(async () => expect(await stack.queueDepth()).toBe(0));
  });

  test('reports an incomplete deletion if it cannot read a message, and keeps the message for the user to decide', async () => {
    const { answer } = await stack.deliver(Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
    const { status, stdout } = await forget('nobody', '--yes');
    expect(stdout).toContain(
      "nothing is left to do:\n1 dead letter can't be read, or may be about someone else, and was not deleted.",
    );
    expect([status, stdout.includes(answer.id as string)]).toEqual([1, true]);
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
      /^Deleted: 0 items in the table, 0 records in the history, 0 dead letters, 0 messages on the main queue\./,
    );
  });
});
