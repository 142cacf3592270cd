import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { ONCALL } from '../../support/command-line.ts';
import { useDeadLetters } from '../../support/dead-letters.ts';
import { eventually } from '../../support/eventually.ts';
import { anEmailChange, aVerification } from '../../support/notifications.ts';

const deadLetters = useDeadLetters();
const { dlq, listed, bury } = deadLetters;

describe('the output of dlq', () => {
  test('show prints one message in full, with its item, and masks the address without --reveal', async () => {
    const user = randomUUID();
    await deadLetters.stack.deliver(anEmailChange(user, 'old.name@example.com'));
    await eventually(async () => expect(await deadLetters.stack.item(`USER#${user}`, 'EMAIL')).toBeDefined());
    const id = await bury(anEmailChange(user, 'new.name@example.com'));
    const { status, stdout } = await dlq('show', id);
    expect(status).toBe(0);
    expect(stdout).toMatch(/if redriven now +would apply/);
    expect(stdout).toContain(`The item USER#${user} / EMAIL:`);
    expect(stdout).toContain(`filter @message like "${id}"`);
    expect(stdout).not.toMatch(/(old|new)\.name/);
    expect((await dlq('show', id, '--reveal')).stdout).toContain('new.name@example.com');
    expect(JSON.parse((await dlq('show', id, '--json')).stdout)).toMatchObject({ id, item: { email: 'o…@example.com' } });
  });

  test('show prints bytes that are not text in hex, and a message that is not an envelope unchanged', async () => {
    const { answer } = await deadLetters.stack.deliver(Buffer.from([0xff, 0x00, 0x01]));
    expect((await dlq('show', answer.id as string)).stdout).toContain('ff0001');
    await deadLetters.stack.sqs.send(
      new SendMessageCommand({ QueueUrl: deadLetters.stack.deadLetterQueueUrl, MessageBody: 'somebody else' }),
    );
    const [other] = (await listed()).filter(({ cause }) => cause === 'not from this receiver');
    expect((await dlq('show', other?.message_id as string)).stdout).toContain('somebody else');
  });

  test('show prints nothing that moves the cursor or changes the text direction', async () => {
    const id = await bury(JSON.stringify({ type: 'email_changed', data: { user_id: 'a\u202eb', email: 'c\u009b2Jd' } }));
    const { stdout } = await dlq('show', id);
    expect(stdout).toContain('"user_id": "a\uFFFDb"');
    expect(stdout).not.toMatch(/[\u202e\u009b]/);
  });

  test('show of a missing message reports it, with exit status 2', async () => {
    expect(await dlq('show', 'nothing')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no message nothing'),
    });
  });

  test('show masks addresses in any encoding', async () => {
    const { answer } = await deadLetters.stack.deliver(
      '{"type":"mail_changed","data":{"user_id":"u","mail":"john.snow\\u0040fractal.id"}}',
    );
    const { stdout } = await dlq('show', answer.id as string, '--json');
    expect(JSON.parse(stdout).body).toContain('j…\\u0040fractal.id');
    expect(stdout).not.toContain('john.snow');
  });

  describe.each([80, 200])('on a terminal of %d columns', (columns) => {
    const onTerminal = (...args: string[]): string[] => {
      const command = `stty cols ${columns}; ${process.execPath} ${ONCALL} dlq ${args.join(' ')} --stack-file ${deadLetters.stack.stackFile}`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
      return stripVTControlCharacters(stdout).split(/\r?\n/);
    };
    const tooLong = (lines: string[]) => lines.filter((line) => line.trimEnd().length > columns);

    test.each([['list'], ['watch', '--times', '2', '--every', '1']])('%s fits', async (...args) => {
      await bury(aVerification());
      await bury(aVerification({ timestamp: '2020-02-30T00:00:00Z' }));
      await deadLetters.stack.deliver('{"type":"verification_paused"}');
      const lines = onTerminal(...args);
      expect(lines.some((line) => /apply gave up after 5 attempts/.test(line))).toBe(true);
      expect(tooLong(lines)).toEqual([]);
      expect(lines.some((line) => /TYPE/.test(line))).toBe(columns >= 150 || args[0] === 'list');
      if (args[0] === 'list') expect(lines.some((line) => /verification_approved /.test(line))).toBe(true);
    });

    test('list fits with ids of SQS, which commands take as they are shown', async () => {
      const { deadLetterQueueUrl: QueueUrl, sqs } = deadLetters.stack;
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'somebody else' }));
      const lines = onTerminal('list');
      expect(tooLong(lines)).toEqual([]);
      const [id = ''] = lines.flatMap((line) => /^[0-9a-f-]{36}(?= )/.exec(line) ?? []);
      expect(onTerminal('redrive', '--id', id).join()).toContain('1 would be sent back to the queue');
    });

    test('show fits, except the query, which is to be copied', async () => {
      const lines = onTerminal('show', await bury(aVerification()));
      expect(lines).toContain('The body, indented:');
      expect(tooLong(lines).filter((line) => !/^fields @timestamp|--stack-file/.test(line))).toEqual([]);
    });
  });

  test.each(['--help', 'list', 'watch --every 1', 'watch --every 1 --json'])(
    '%s exits silently when its output is closed',
    async (command) => {
      const child = spawn(process.execPath, [ONCALL, 'dlq', ...command.split(' '), '--stack-file', deadLetters.stack.stackFile]);
      child.stdout.destroy();
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect([status, stderr]).toEqual([0, '']);
    },
  );
});
