import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ONCALL } from '../../support/command-line.ts';
import { useDeadLetters } from '../../support/dead-letters.ts';
import { aVerification } from '../../support/notifications.ts';

const deadLetters = useDeadLetters();
const { dlq, listed, bury } = deadLetters;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-dlq-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('dlq', () => {
  test('drop writes the messages to a file, and import puts them back', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => bury(aVerification())));
    await deadLetters.stack.deliver('nonsense');
    const file = join(folder, 'dropped.jsonl');
    expect(await dlq('drop', '--type', 'verification_approved', '--export', file, '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('12 of 12 dropped'),
    });
    expect((await listed()).map(({ cause }) => cause)).toEqual(['parked: not_json']);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(12);

    // A file is never overwritten, and nothing is deleted that was not written.
    expect(await dlq('drop', '--all', '--export', file, '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('already exists. Choose another file with --export.'),
    });
    expect(await listed()).toHaveLength(1);

    expect((await dlq('import', file)).stdout).toBe(
      '12 would be put back; 0 already there. This was a dry run. Add --yes to put them back.\n',
    );
    expect(await listed()).toHaveLength(1);
    // As if a first import was interrupted after two messages.
    const [one = '', two = ''] = (await readFile(file, 'utf8')).split('\n');
    for (const line of [one, two]) {
      const MessageBody = JSON.parse(line).body;
      await deadLetters.stack.sqs.send(new SendMessageCommand({ QueueUrl: deadLetters.stack.deadLetterQueueUrl, MessageBody }));
    }
    expect(await dlq('import', file, '--yes')).toMatchObject({
      status: 0,
      stdout: '10 of 10 put back on the dead-letter queue; 2 already there.\n',
    });
    expect(JSON.parse((await dlq('import', file, '--yes', '--json')).stdout)).toEqual({
      dry_run: false,
      imported: 0,
      of: 0,
      there_already: 12,
      erased: 0,
    });
    expect((await listed()).flatMap(({ id, cause }) => (cause.startsWith('apply') ? [id] : [])).sort()).toEqual(ids.toSorted());
  });

  test('import of another file reports the invalid line, and puts nothing back', async () => {
    const file = join(folder, 'other.jsonl');
    await writeFile(file, '{"body":"x"}\nnonsense\n');
    expect(await dlq('import', file)).toMatchObject({ status: 2, stderr: expect.stringContaining('Line 2 of') });
    expect(await listed()).toEqual([]);
  });

  test('watch shows the counts repeatedly, with their growth', async () => {
    await bury(aVerification());
    const args = ['dlq', 'watch', '--every', '4', '--times', '2', '--stack-file', deadLetters.stack.stackFile];
    const watching = spawn(process.execPath, [ONCALL, ...args]);
    const exited = once(watching, 'exit');
    let stdout = '';
    for await (const chunk of watching.stdout) {
      if (stdout === '') await deadLetters.stack.deliver('nonsense');
      stdout += chunk;
    }
    expect(await exited).toEqual([0, null]);
    expect(stdout).toMatch(/1 dead letter · oldest \d+ s · 0 on the main queue/);
    expect(stdout).toMatch(/2 dead letters .* \+\d+\/min/);
    const [line] = (await dlq('watch', '--times', '1', '--json')).stdout.split('\n');
    expect(JSON.parse(line as string)).toMatchObject({
      dead_letters: 2,
      by_cause: { 'parked: not_json': 1, 'apply gave up after 5 attempts': 1 },
    });
  });

  test('watch does not report an empty queue while another reader has received its messages', async () => {
    await deadLetters.stack.deliver('nonsense');
    const request = { QueueUrl: deadLetters.stack.deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 5 };
    await deadLetters.stack.sqs.send(new ReceiveMessageCommand(request));
    expect((await dlq('watch', '--times', '1')).stdout).toMatch(/1 hidden.*\n\nNone can be read now/);
  });
});
