import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { inLanes } from '../../oncall/dlq/lanes.ts';
import { ONCALL, runCommand } from '../support/command-line.ts';
import { inFull } from '../support/effort.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, bytesOf } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const MANY = inFull ? 5_000 : 200;

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  stack = await runStack({ args: ['--visibility-timeout', '3'] });
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-dlq-'));
}, 60_000);

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await stack.sqs.send(new PurgeQueueCommand({ QueueUrl: stack.deadLetterQueueUrl }));
});

afterEach(() => stack.setFaults([]));

const dlq = (...args: string[]) => runCommand(['dlq', ...args, '--stack-file', stack.stackFile]);

interface Listed {
  readonly id: string;
  readonly message_id: string;
  readonly type: string | null;
  readonly cause: string;
  readonly if_redriven: string;
  readonly states: Readonly<Record<string, string | number>> | null;
  readonly first_arrived_at: string;
  readonly expires_at: string;
}

/** How many calls the command line has made to AWS. */
const calls = async (): Promise<number> => {
  const counted = Object.entries(await stack.view<Record<string, number>>('calls'));
  return counted.reduce((sum, [what, count]) => (what.startsWith('oncall ') ? sum + count : sum), 0);
};

const listed = async (...args: string[]): Promise<Listed[]> => JSON.parse((await dlq('list', '--json', ...args)).stdout);

/** Puts a delivery on the dead-letter queue as apply's failures leave it there. */
const bury = async (body: string, { id = randomUUID(), receivedAt = Date.now() } = {}): Promise<string> => {
  const MessageBody = encodeEnvelope({ id, receivedAt, bytes: bytesOf(body) });
  await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
  return id;
};

const NOT_UNDERSTOOD: [string | Buffer, string][] = [
  ['', 'empty_body'],
  ['nonsense', 'not_json'],
  ['[1]', 'missing_field: type'],
  [Buffer.from([0xff]), 'not_utf8'],
  ['{"type":"verification_paused","data":{}}', 'unknown_type: verification_paused'],
  ['{"type":"email_changed","data":{"user_id":"u"}}', 'missing_field: data.email'],
  [aVerification({ timestamp: '2020-02-30T00:00:00Z' }), 'impossible_time: data.timestamp'],
  [aVerification({ timestamp: '2999-01-01T00:00:00Z' }), 'time_ahead: data.timestamp'],
];

describe('dlq', () => {
  test('of an empty queue says so, with exit status 0', async () => {
    expect(await dlq('list')).toMatchObject({ status: 0, stdout: 'The dead-letter queue is empty.\n' });
    expect(await dlq('list', '--json')).toMatchObject({ status: 0, stdout: '[]\n' });
  });

  test('explains 8 parked and many that apply gave up on in few calls, and a redrive brings home what can be', async () => {
    for (const [body] of NOT_UNDERSTOOD) await stack.deliver(body);
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'error' }]);
    const users = Array.from({ length: MANY }, () => randomUUID());
    await inLanes(5, users, async (user) => void (await stack.deliver(aVerification({ user }))));
    // A send whose answer came too late is sent again: on a busy machine there can be more.
    const gaveUp = await eventually(async () => {
      expect(await stack.queueDepth()).toBe(0);
      const depth = await stack.deadLetterDepth();
      expect(depth).toBeGreaterThanOrEqual(MANY + 8);
      return depth - 8;
    }, 400_000);
    await stack.setFaults([]);

    const before = await calls();
    const { status, stdout } = await dlq('list');
    // A call to SQS brings ten, another gives them back, one to DynamoDB tells of a hundred; a few find out that there are no more.
    expect((await calls()) - before).toBeLessThanOrEqual((2 * gaveUp) / 10 + gaveUp / 100 + 40);
    expect(status).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${gaveUp + 8} on the dead-letter queue; the first expires \\S+, in 13 d`));
    expect(stdout).toMatch(
      new RegExp(`^${gaveUp} +apply gave up after 5 attempts +verification_approved +would apply +\\d+ \\w+ *$`, 'm'),
    );
    expect(stdout).toMatch(new RegExp(`… and ${gaveUp - 12} more`));

    const all = await listed();
    expect(all).toHaveLength(gaveUp + 8);
    expect(new Set(all.map(({ id }) => id)).size).toBe(MANY + 8);
    const parked = all.filter(({ cause }) => cause.startsWith('parked'));
    expect(parked.map(({ cause }) => cause).sort()).toEqual(NOT_UNDERSTOOD.map(([, reason]) => `parked: ${reason}`).sort());
    expect(parked.every(({ if_redriven }) => if_redriven === 'not_understood')).toBe(true);
    const arrivals = all.map(({ first_arrived_at }) => Date.parse(first_arrived_at));
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));

    expect(await dlq('redrive', '--reason', 'gave up', '--rate', '1000', '--yes')).toMatchObject({
      status: 0,
      stdout: `${gaveUp} of ${gaveUp} sent back to the queue. 8 are left on the dead-letter queue.\n`,
    });
    await eventually(async () => expect(await stack.queueDepth()).toBe(0), 60_000);
    for (const user of users) expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' });
    expect((await listed()).map(({ cause }) => cause).sort()).toEqual(parked.map(({ cause }) => cause).sort());
  }, 600_000);

  test('promises what redriving then does, message by message', async () => {
    const [known, fresh] = [randomUUID(), randomUUID()];
    await stack.deliver(aVerification({ user: known, timestamp: '2024-05-02T00:00:00Z' }));
    await stack.deliver(anEmailChange(known, 'john@example.com'));
    await eventually(async () => expect(await stack.item(`USER#${known}`, 'EMAIL')).toBeDefined());
    await bury(aVerification({ user: known, timestamp: '2024-05-01T00:00:00Z' }));
    await bury(aVerification({ user: known, timestamp: '2024-05-02T00:00:00Z' }));
    await bury(aVerification({ user: known, level: 'plus' }));
    await bury(anEmailChange(known, 'late@example.com'), { receivedAt: 1_700_000_000_000 });
    await bury(anEmailChange(known, 'new@example.com'));
    await bury(aVerification({ user: fresh, timestamp: '2024-05-01T00:00:00Z' }));
    await bury(aVerification({ user: fresh, timestamp: '2024-05-03T00:00:00Z', status: 'rejected' }));
    await bury(aVerification({ user: fresh, timestamp: '2024-05-03T00:00:00Z', status: 'contacted' }));

    const promised = await listed();
    expect(promised.map(({ if_redriven }) => if_redriven).sort()).toEqual(
      [...Array(3).fill('would_apply'), 'duplicate', ...Array(4).fill('stale')].sort(),
    );
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({ status: 0 });
    await eventually(async () => {
      for (const { id, if_redriven } of promised) {
        const [, outcome] = new RegExp(`(applied|duplicate|stale) +${id}`).exec(stack.output()) ?? [];
        expect([id, outcome]).toEqual([id, if_redriven === 'would_apply' ? 'applied' : if_redriven]);
      }
    });
    expect(await listed()).toEqual([]);
  });

  describe.each([80, 200])('on a terminal of %d columns', (columns) => {
    const onTerminal = (...args: string[]): string[] => {
      const command = `stty cols ${columns}; ${process.execPath} ${ONCALL} dlq ${args.join(' ')} --stack-file ${stack.stackFile}`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
      return stripVTControlCharacters(stdout).split(/\r?\n/);
    };
    const tooLong = (lines: string[]) => lines.filter((line) => line.trimEnd().length > columns);

    test.each([['list'], ['watch', '--times', '2', '--every', '1']])('%s fits', async (...args) => {
      await bury(aVerification());
      await bury(aVerification({ timestamp: '2020-02-30T00:00:00Z' }));
      await stack.deliver('{"type":"verification_paused"}');
      const lines = onTerminal(...args);
      expect(lines.some((line) => /apply gave up after 5 attempts/.test(line))).toBe(true);
      expect(tooLong(lines)).toEqual([]);
      expect(lines.some((line) => /TYPE/.test(line))).toBe(columns >= 150 || args[0] === 'list');
      if (args[0] === 'list') expect(lines.some((line) => /verification_approved /.test(line))).toBe(true);
    });

    test('show fits, all but the query, which is to be copied', async () => {
      const lines = onTerminal('show', await bury(aVerification()));
      expect(lines).toContain('The body, indented:');
      expect(tooLong(lines).filter((line) => !/^fields @timestamp/.test(line))).toEqual([]);
    });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('a look that %s cuts off hides nothing', async (signal) => {
    for (let count = 0; count < 200; count += 1) await bury(aVerification());
    const child = spawn(process.execPath, [ONCALL, 'dlq', 'list', '--stack-file', stack.stackFile], { stdio: 'ignore' });
    const taken = async () => (await stack.view<Record<string, number>>('calls'))['oncall sqs ReceiveMessage'] ?? 0;
    const before = await taken();
    while ((await taken()) < before + 5) await wait(5);
    child.kill(signal);
    const [status] = await once(child, 'exit');
    expect(status).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(await listed()).toHaveLength(200);
  });

  test('says what it can not see because somebody else looks at it', async () => {
    await bury(aVerification());
    const hide = { QueueUrl: stack.deadLetterQueueUrl, VisibilityTimeout: 60 };
    await stack.sqs.send(new ReceiveMessageCommand(hide));
    expect(await dlq('list')).toMatchObject({ status: 1, stdout: expect.stringMatching(/^1 more can not be seen now/) });
  });

  test('shows what is there while the table is down, and redrives nothing then', async () => {
    const id = await bury(aVerification());
    await stack.setFaults([{ service: 'dynamodb', fault: 'error' }]);
    expect(await dlq('list')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/unknown[\s\S]*the table can not be read\. AWS answers InternalServerError: injected fault/),
    });
    expect((await dlq('watch', '--times', '1')).stdout).toContain('1 dead letters');
    expect((await dlq('show', id)).stdout).toContain('can not be read now');
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({ status: 2, stderr: expect.stringContaining('repeat this') });
    await stack.setFaults([]);
    expect((await listed()).map((one) => one.id)).toEqual([id]);
  });

  test('looks without changing anything: nothing is lost, doubled, or hidden afterwards', async () => {
    const ids = await Promise.all(Array.from({ length: 25 }, () => bury(aVerification())));
    for (let look = 0; look < 3; look += 1) expect((await listed()).map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect((await stack.deadLetters()).length).toBe(10);
  });

  test('show tells one message whole, beside its item, with the address masked unless revealed', async () => {
    const user = randomUUID();
    await stack.deliver(anEmailChange(user, 'old.name@example.com'));
    await eventually(async () => expect(await stack.item(`USER#${user}`, 'EMAIL')).toBeDefined());
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

  test('show gives bytes that are no text in hex, and what is no envelope as it is', async () => {
    const { answer } = await stack.deliver(Buffer.from([0xff, 0x00, 0x01]));
    expect((await dlq('show', answer.id as string)).stdout).toContain('ff0001');
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody: 'somebody else' }));
    const [other] = (await listed()).filter(({ cause }) => cause === 'not of this receiver');
    expect((await dlq('show', other?.message_id as string)).stdout).toContain('somebody else');
  });

  test('show prints nothing that moves the cursor or turns the direction of writing', async () => {
    const id = await bury(JSON.stringify({ type: 'email_changed', data: { user_id: 'a\u202eb', email: 'c\u009b2Jd' } }));
    const { stdout } = await dlq('show', id);
    expect(stdout).toContain('"user_id": "a\uFFFDb"');
    expect(stdout).not.toMatch(/[\u202e\u009b]/);
  });

  test('show of what is not there says so, with exit status 2', async () => {
    expect(await dlq('show', 'nothing')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no message nothing'),
    });
  });

  test('redrive and drop want to be told which, and do nothing unless told so', async () => {
    const id = await bury(aVerification());
    for (const command of ['redrive', 'drop']) {
      expect(await dlq(command)).toMatchObject({ status: 2, stderr: expect.stringMatching(/Say which: --id, .* or --all/) });
      expect((await dlq(command, '--all')).stdout).toMatch(/--yes does it/);
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

  test('redrive leaves what would only fail and come back, unless it is asked for', async () => {
    const { answer } = await stack.deliver('nonsense');
    const user = randomUUID();
    const Key = { pk: { S: `USER#${user}` }, sk: { S: 'LEVEL#basic' } };
    const update = { UpdateExpression: 'SET as_of = :text', ExpressionAttributeValues: { ':text': { S: 'yesterday' } } };
    await stack.dynamodb.send(new UpdateItemCommand({ TableName: stack.tableName, Key, ...update }));
    await bury(aVerification({ user }));
    await bury(aVerification());
    expect((await dlq('redrive', '--all')).stdout).toMatch(
      /^1 would be sent .*\n +1 +would apply\n2 stay, since they would only fail/,
    );
    expect(await dlq('redrive', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^1 of 1 sent back to the queue\. 2 are left .*\n2 stay, since they would only fail/),
    });
    expect((await listed()).map(({ if_redriven }) => if_redriven).sort()).toEqual(['not_understood', 'would_fail']);
    expect((await dlq('redrive', '--id', answer.id as string)).stdout).toMatch(/^1 would be sent/);
    expect((await dlq('redrive', '--all', '--even-if-failing')).stdout).toMatch(/^2 would be sent/);
  });

  test('says whom a message concerns that is parked, selects by it, and shows no escape sequence of its id', async () => {
    await stack.deliver(
      '{"type":"verification_approved","data":{"level":"plus","user_id":4242,"timestamp":"2024-01-01T00:00:00Z"}}',
    );
    const body = JSON.stringify({ v: 1, id: '\u001b[31mred', received_at: 1, body: 'x' });
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody: body }));
    const { stdout } = await dlq('list');
    expect(stdout).toContain('4242 plus');
    expect(stdout).not.toContain('\u001b[31m');
    expect(JSON.parse((await dlq('drop', '--user', '4242', '--json')).stdout).messages).toHaveLength(1);
  });

  test('shows no address, however it is written', async () => {
    const { answer } = await stack.deliver('{"type":"mail_changed","data":{"user_id":"u","mail":"john.snow\\u0040fractal.id"}}');
    const { stdout } = await dlq('show', answer.id as string, '--json');
    expect(JSON.parse(stdout).body).toContain('j…\\u0040fractal.id');
    expect(stdout).not.toContain('john.snow');
  });

  test('watch does not say that the queue is empty while others have its messages in their hands', async () => {
    await stack.deliver('nonsense');
    const look = { QueueUrl: stack.deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 5 };
    await stack.sqs.send(new ReceiveMessageCommand(look));
    expect((await dlq('watch', '--times', '1')).stdout).toMatch(/1 hidden.*\n\nNone can be seen now/);
  });

  test('drop writes what it takes off to a file, and import brings it back', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => bury(aVerification())));
    await stack.deliver('nonsense');
    const file = join(folder, 'dropped.jsonl');
    expect(await dlq('drop', '--type', 'verification_approved', '--export', file, '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('12 of 12 dropped'),
    });
    expect((await listed()).map(({ cause }) => cause)).toEqual(['parked: not_json']);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(12);

    // A file is never written over, and nothing is dropped that could not be written.
    expect(await dlq('drop', '--all', '--export', file, '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is there already. Choose another with --export.'),
    });
    expect(await listed()).toHaveLength(1);

    expect((await dlq('import', file)).stdout).toBe(
      '12 would be put back; 0 are there already. This was a dry run: --yes does it.\n',
    );
    expect(await listed()).toHaveLength(1);
    // As if the first import had been cut off after two.
    const [one = '', two = ''] = (await readFile(file, 'utf8')).split('\n');
    for (const line of [one, two]) {
      const MessageBody = JSON.parse(line).body;
      await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
    }
    expect(await dlq('import', file, '--yes')).toMatchObject({
      status: 0,
      stdout: '10 of 10 put back on the dead-letter queue; 2 were there already.\n',
    });
    expect(JSON.parse((await dlq('import', file, '--yes', '--json')).stdout)).toEqual({
      dry_run: false,
      imported: 0,
      of: 0,
      there_already: 12,
    });
    expect((await listed()).flatMap(({ id, cause }) => (cause.startsWith('apply') ? [id] : [])).sort()).toEqual(ids.toSorted());
  });

  test('import of another file says which line is wrong, and puts nothing back', async () => {
    const file = join(folder, 'other.jsonl');
    await writeFile(file, '{"body":"x"}\nnonsense\n');
    expect(await dlq('import', file)).toMatchObject({ status: 2, stderr: expect.stringContaining('Line 2 of') });
    expect(await listed()).toEqual([]);
  });

  test('watch shows the counts again and again, with how they change', async () => {
    await bury(aVerification());
    const args = ['dlq', 'watch', '--every', '4', '--times', '2', '--stack-file', stack.stackFile];
    const watching = spawn(process.execPath, [ONCALL, ...args]);
    const exited = once(watching, 'exit');
    let stdout = '';
    for await (const look of watching.stdout) {
      if (stdout === '') await stack.deliver('nonsense');
      stdout += look;
    }
    expect(await exited).toEqual([0, null]);
    expect(stdout).toMatch(/1 dead letters · oldest \d+ s · 0 queued/);
    expect(stdout).toMatch(/2 dead letters .* \+\d+\/min/);
    const [line] = (await dlq('watch', '--times', '1', '--json')).stdout.split('\n');
    expect(JSON.parse(line as string)).toMatchObject({
      dead_letters: 2,
      by_cause: { 'parked: not_json': 1, 'apply gave up after 5 attempts': 1 },
    });
  });

  test.each(['--help', 'list', 'watch --every 1', 'watch --every 1 --json'])(
    '%s ends quietly when nobody reads its output any more',
    async (command) => {
      const child = spawn(process.execPath, [ONCALL, 'dlq', ...command.split(' '), '--stack-file', stack.stackFile]);
      child.stdout.destroy();
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect([status, stderr]).toEqual([0, '']);
    },
  );

  test.each([1, 13, 27])('redrive that is killed after %d messages loses none', async (count) => {
    const users = Array.from({ length: 30 }, () => randomUUID());
    for (const user of users) await bury(aVerification({ user }));
    const sent = async () => (await stack.view<Record<string, number>>('calls'))['oncall sqs SendMessage'] ?? 0;
    const before = await sent();
    const args = ['dlq', 'redrive', '--all', '--yes', '--rate', '40', '--stack-file', stack.stackFile];
    const child = spawn(process.execPath, [ONCALL, ...args], { stdio: 'ignore' });
    while ((await sent()) - before < count) await wait(5);
    child.kill('SIGKILL');
    await once(child, 'exit');

    await eventually(async () => expect(await stack.queueDepth()).toBe(0), 20_000);
    const found = await Promise.all(users.map((user) => stack.item(`USER#${user}`, 'LEVEL#basic')));
    const applied = found.filter((item) => item !== undefined).length;
    expect(applied).toBeGreaterThanOrEqual(count);
    expect(applied + (await stack.deadLetterDepth())).toBeGreaterThanOrEqual(users.length);
  });

  test('redrive of one message promises what comes of it alone, whatever newer ones wait beside it', async () => {
    const user = randomUUID();
    const older = await bury(aVerification({ user, timestamp: '2024-05-01T00:00:00Z' }));
    await bury(aVerification({ user, timestamp: '2024-05-02T00:00:00Z' }));
    expect((await listed()).find(({ id }) => id === older)?.if_redriven).toBe('stale');
    const { messages } = JSON.parse((await dlq('redrive', '--id', older, '--json')).stdout);
    expect(messages.map(({ if_redriven }: Listed) => if_redriven)).toEqual(['would_apply']);
  });
});
