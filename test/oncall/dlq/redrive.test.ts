import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { ONCALL } from '../../support/command-line.ts';
import { type Listed, useDeadLetters } from '../../support/dead-letters.ts';
import { eventually } from '../../support/eventually.ts';
import { anEmailChange, aVerification } from '../../support/notifications.ts';
import { outcomesOf } from '../../support/outcomes.ts';

const deadLetters = useDeadLetters();
const { dlq, listed, bury } = deadLetters;

describe('dlq', () => {
  test('redrive and drop require a selection, and do nothing without --yes', async () => {
    const id = await bury(aVerification());
    for (const command of ['redrive', 'drop']) {
      expect(await dlq(command)).toMatchObject({ status: 2, stderr: expect.stringMatching(/Specify --id, .* or --all/) });
      expect((await dlq(command, '--all')).stdout).toMatch(/Add --yes to/);
    }
    expect((await listed()).map((one) => one.id)).toEqual([id]);
  });

  test.each<[string, string[], (ids: string[]) => string[]]>([
    ['--type', ['--type', 'email_changed'], ([, email]) => [email as string]],
    ['--user', ['--user', 'selected'], ([first]) => [first as string]],
    ['--older-than', ['--older-than', '2h'], ([, , old]) => [old as string]],
    ['--would-apply', ['--would-apply'], (ids) => ids],
    ['--limit', ['--all', '--limit', '1'], ([, , old]) => [old as string]],
  ])('selects by %s', async (_, selection, expected) => {
    const ids = [
      await bury(aVerification({ user: 'selected', level: randomUUID() })),
      await bury(anEmailChange()),
      await bury(aVerification(), { receivedAt: Date.now() - 3 * 3_600_000 }),
    ];
    const { messages } = JSON.parse((await dlq('redrive', ...selection, '--json')).stdout);
    expect(messages.map(({ id }: Listed) => id).sort()).toEqual(expected(ids).sort());
  });

  test('redrive and drop count messages that another reader has received, and fail because of them', async () => {
    const { sqs, deadLetterQueueUrl } = deadLetters.stack;
    await bury(aVerification());
    const held = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, VisibilityTimeout: 600 }));
    const ReceiptHandle = held.Messages?.[0]?.ReceiptHandle;
    const kept = await bury(aVerification());
    for (const command of ['redrive', 'drop']) {
      const { status, stdout } = await dlq(command, '--all');
      expect([status, stdout]).toEqual([1, expect.stringContaining('1 more cannot be read now: another reader has received')]);
      expect(JSON.parse((await dlq(command, '--all', '--json')).stdout)).toMatchObject({ dry_run: true, hidden: 1 });
      expect(await dlq(command, '--id', kept)).toMatchObject({ status: 0 });
    }
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^1 of 1 sent back to the queue\. 1 message is left .*\n1 more cannot be read now/),
    });
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: deadLetterQueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  });

  test('redrive skips messages that would fail again, unless --even-if-failing or --id selects them', async () => {
    const { answer } = await deadLetters.stack.deliver('nonsense');
    const user = randomUUID();
    const Key = { pk: { S: `USER#${user}` }, sk: { S: 'LEVEL#basic' } };
    const update = { UpdateExpression: 'SET as_of = :text', ExpressionAttributeValues: { ':text': { S: 'yesterday' } } };
    await deadLetters.stack.dynamodb.send(new UpdateItemCommand({ TableName: deadLetters.stack.tableName, Key, ...update }));
    await bury(aVerification({ user }));
    await bury(aVerification());
    expect((await dlq('redrive', '--all')).stdout).toMatch(
      /^1 would be sent .*\n +1 +would apply\n2 skipped, because they would or might fail again/,
    );
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^1 of 1 sent back to the queue\. 2 messages are left .*\n2 skipped, because they would or might fail again/,
      ),
    });
    expect((await listed()).map(({ if_redriven }) => if_redriven).sort()).toEqual(['not_understood', 'would_fail']);
    expect((await dlq('redrive', '--id', answer.id as string)).stdout).toMatch(/^1 would be sent/);
    expect((await dlq('redrive', '--all', '--even-if-failing')).stdout).toMatch(/^2 would be sent/);
  });

  test('a dry run shows what redriving then does, message by message', async () => {
    const [known, fresh] = [randomUUID(), randomUUID()];
    await deadLetters.stack.deliver(aVerification({ user: known, timestamp: '2024-05-02T00:00:00Z' }));
    await deadLetters.stack.deliver(anEmailChange(known, 'john@example.com'));
    for (const sk of ['LEVEL#basic', 'EMAIL'])
      await eventually(async () => expect(await deadLetters.stack.item(`USER#${known}`, sk)).toBeDefined());
    await bury(aVerification({ user: known, timestamp: '2024-05-01T00:00:00Z' }));
    await bury(aVerification({ user: known, timestamp: '2024-05-02T00:00:00Z' }));
    await bury(aVerification({ user: known, level: 'plus' }));
    await bury(anEmailChange(known, 'late@example.com'), { receivedAt: 1_700_000_000_000 });
    await bury(anEmailChange(known, 'new@example.com'));
    await bury(aVerification({ user: fresh, timestamp: '2024-05-01T00:00:00Z' }));
    await bury(aVerification({ user: fresh, timestamp: '2024-05-03T00:00:00Z', status: 'rejected' }));
    await bury(aVerification({ user: fresh, timestamp: '2024-05-03T00:00:00Z', status: 'contacted' }));

    const shown = await listed();
    // Those that change nothing in the table have no record in the history yet.
    expect(shown.map(({ if_redriven }) => if_redriven).sort()).toEqual([
      ...Array(3).fill('would_apply'),
      ...Array(5).fill('would_record'),
    ]);
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({ status: 0 });
    await eventually(async () => {
      const outcomes = shown.map(({ id, if_redriven }) =>
        [if_redriven, ...outcomesOf(deadLetters.stack.output(), id)].join(': '),
      );
      expect(outcomes.sort()).toEqual([
        ...Array(3).fill('would_apply: applied'),
        'would_record: duplicate',
        ...Array(4).fill('would_record: stale'),
      ]);
    });
    expect(await listed()).toEqual([]);
  });

  test('redrive of one message shows its own outcome, regardless of newer messages', async () => {
    const user = randomUUID();
    const older = await bury(aVerification({ user, timestamp: '2024-05-01T00:00:00Z' }));
    await bury(aVerification({ user, timestamp: '2024-05-02T00:00:00Z' }));
    expect((await listed()).find(({ id }) => id === older)?.if_redriven).toBe('would_record');
    const { messages } = JSON.parse((await dlq('redrive', '--id', older, '--json')).stdout);
    expect(messages.map(({ if_redriven }: Listed) => if_redriven)).toEqual(['would_apply']);
  });

  test.each([1, 13, 27])('redrive killed after %d messages loses none', async (count) => {
    const users = Array.from({ length: 30 }, () => randomUUID());
    for (const user of users) await bury(aVerification({ user }));
    const sent = async () => (await deadLetters.stack.view<Record<string, number>>('calls'))['oncall sqs SendMessage'] ?? 0;
    const before = await sent();
    const args = ['dlq', 'redrive', '--all', '--yes', '--rate', '40', '--stack-file', deadLetters.stack.stackFile];
    const child = spawn(process.execPath, [ONCALL, ...args], { stdio: 'ignore' });
    while ((await sent()) - before < count) await wait(5);
    child.kill('SIGKILL');
    await once(child, 'exit');

    await eventually(async () => expect(await deadLetters.stack.queueDepth()).toBe(0));
    const found = await Promise.all(users.map((user) => deadLetters.stack.item(`USER#${user}`, 'LEVEL#basic')));
    const applied = found.filter((item) => item !== undefined).length;
    expect(applied).toBeGreaterThanOrEqual(count);
    expect(applied + (await deadLetters.stack.deadLetterDepth())).toBeGreaterThanOrEqual(users.length);
  });
});
