import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { plainItem } from '../../functions/plain-item.ts';
import { RELEASE } from '../../functions/release.ts';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification, DOCUMENTED, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack();
});

afterAll(() => stack.stop());

const run = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile]);

const recordsOf = async (user: string) => {
  const query = {
    TableName: stack.outputs.HistoryTableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: `USER#${user}` } },
  };
  return ((await stack.dynamodb.send(new QueryCommand(query))).Items ?? []).map(plainItem);
};

/** What the page's command for auditors prints. */
const signatureBy = (page: string, env: Readonly<Record<string, string>>): string => {
  const [, command = ''] = /^ +node -p "(.*)"$/m.exec(readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')) ?? [];
  return execFileSync(process.execPath, ['-p', command], { env, encoding: 'utf8' }).trim();
};

describe('the history, on the local stack,', () => {
  test('has every delivery with its evidence, in the order of the receipt', async () => {
    const user = randomUUID();
    const rejected = aVerification({ user, status: 'rejected', timestamp: '2024-05-02T00:00:00Z' });
    const late = aVerification({ user, status: 'approved', timestamp: '2024-05-01T00:00:00Z' });
    for (const [index, body] of [rejected, late, rejected].entries()) {
      await stack.deliver(body);
      await eventually(async () => expect(await recordsOf(user)).toHaveLength(index + 1));
    }
    const [first] = await recordsOf(user);
    expect(first).toMatchObject({
      item: 'LEVEL#basic',
      status: 'rejected',
      body: rejected,
      token_entry: '*',
      signature_sha256: createHash('sha256').update(signed(rejected)).digest('hex'),
      source: 'webhook',
      release: RELEASE,
      as_of: Date.parse('2024-05-02T00:00:00Z'),
    });
    expect(signatureBy('audit.md', { BODY: rejected, TOKEN: DOCUMENTED.token })).toBe(first?.signature_sha256);
    const { stdout } = await run('history', user, '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ said, outcome }) => [said, outcome])).toEqual([
      ['basic rejected', 'applied'],
      ['basic approved', 'stale'],
      ['basic rejected', 'duplicate'],
    ]);
    expect(await run('history', 'verify')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/each as the history says/),
    });
  });

  test('shows what was edited by other means', async () => {
    const user = randomUUID();
    await stack.deliver(aVerification({ user, status: 'rejected' }));
    await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
    await stack.putItem({ pk: `USER#${user}`, sk: 'LEVEL#plus', status: 'approved' });
    const edited = await stack.item(`USER#${user}`, 'LEVEL#basic');
    expect(edited).toMatchObject({ status: 'rejected' });
    await stack.putItem({ pk: `USER#${user}`, sk: 'LEVEL#basic', user_id: user, level: 'basic', status: 'approved' });
    const { status, stdout } = await run('history', 'verify', '--user', user);
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(`^USER#${user} / LEVEL#basic: was received, and is not in the table`),
    ]);
  });

  test('that apply cannot reach fails the round trip of doctor, although its test users are not recorded', async () => {
    await stack.setFaults([{ service: 'dynamodb', action: 'PutItem', fault: 'denied' }]);
    const user = `doctor-${randomUUID()}`;
    const { answer } = await stack.deliver(aVerification({ user }));
    await eventually(async () => expect(stack.output()).toMatch(new RegExp(`failed +${answer.id} `)));
    await stack.setFaults([]);
    await eventually(async () => expect(await stack.queueDepth()).toBe(0));
    expect(await recordsOf(user)).toEqual([]);
  });

  test('is not kept with history: false, and the command says how to keep it', async () => {
    const without = await runStack({ installation: { history: false } });
    try {
      await without.deliver(DOCUMENTED.signedBody);
      await eventually(async () =>
        expect(await without.item('USER#b5c5a2cd-643e-444b-9591-e7b25fec997d', 'LEVEL#basic')).toBeDefined(),
      );
      expect(await runCommand(['history', 'verify', '--stack-file', without.stackFile])).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/This stack keeps no history\. Set history to true/),
      });
    } finally {
      await without.stop();
    }
  });
});
