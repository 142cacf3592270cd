import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../support/command-line.ts';
import { eventsOf, untilPublished } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { aResult, aVerification, DOCUMENTED, signed } from '../support/notifications.ts';
import { outcomesOf } from '../support/outcomes.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const KEY = 'the webhook secret key of Kraken'.replaceAll(' ', '-');

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({ tokens: JSON.stringify({ '*': DOCUMENTED.token, kraken: KEY }) });
});

afterAll(() => stack.stop());

const run = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile]);

const deliver = (body: string) => stack.deliver(body, KEY);

/** How often a body was delivered. */
const deliveries = new Map<string, number>();

/** Delivers a body, and waits for the outcome. */
const settled = async (body: string): Promise<string> => {
  const { answer } = await deliver(body);
  const times = (deliveries.get(body) ?? 0) + 1;
  deliveries.set(body, times);
  return eventually(async () => {
    const outcomes = outcomesOf(stack.output(), answer.id as string);
    expect(outcomes).toHaveLength(times);
    return outcomes.at(-1) as string;
  });
};

const statusOf = async (user: string) => JSON.parse((await run('status', user, '--json')).stdout).levels;

describe("Kraken's results, on the local stack,", () => {
  test('as documented, by curl: 202, the item, the event, and status', async () => {
    const body = DOCUMENTED.payloads.kraken;
    const signature = createHmac('sha256', KEY).update(body).digest('hex');
    const { stdout } = await promisify(execFile)('curl', [
      '-s',
      '-i',
      stack.webhookUrl,
      '-H',
      'Content-Type: application/json',
      '-H',
      `X-Fractal-Signature: ${signature}`,
      '-d',
      body,
    ]);
    expect(stdout).toMatch(/^HTTP\/1\.1 202 /);
    await eventually(async () =>
      expect(await stack.item('USER#USER_ID', 'LEVEL#kraken')).toMatchObject({ status: 'rejected', note: 'Rejection reason' }),
    );
    await untilPublished(stack);
    expect(await eventsOf(stack, 'USER_ID')).toMatchObject([
      { 'detail-type': 'verification_rejected', detail: { level: 'kraken', status: 'rejected', previous: null } },
    ]);
    expect(await statusOf('USER_ID')).toEqual([
      { level: 'kraken', status: 'rejected', as_of: expect.stringMatching(/^20/), contested: false },
    ]);
  });

  test('signed as a classic notification get 401, with the cause in the log', async () => {
    const body = aResult();
    const bySha1 = `sha1=${createHmac('sha1', DOCUMENTED.token).update(body).digest('hex')}`;
    expect(await stack.post(body, { 'x-fractal-signature': bySha1 })).toMatchObject({
      status: 401,
      answer: { error: 'signature_mismatch' },
    });
    await eventually(async () =>
      expect(stack.output()).toMatch(/refused .*results of Kraken, but signed with the token of all other types/),
    );
  });

  test('with an unknown status are parked, with the reason', async () => {
    expect(await deliver(aResult('42', 'expired'))).toMatchObject({
      status: 202,
      answer: { status: 'parked', reason: 'unknown_status: expired' },
    });
    const { stdout } = await run('dlq', 'list', '--json');
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ type: 'kraken', cause: 'parked: unknown_status: expired', if_redriven: 'not_understood' }),
    );
  });

  test('that are pending change nothing', async () => {
    const user = randomUUID();
    expect(await settled(aResult(user, 'pending'))).toBe('unchanged');
    expect(await stack.item(`USER#${user}`, 'LEVEL#kraken')).toBeUndefined();
  });

  test('are no events if they repeat, and neither is the same address', async () => {
    const user = randomUUID();
    const address = JSON.stringify({ type: 'email_changed', data: { user_id: user, email: 'jon@example.com' } });
    for (const body of [aResult(user), aResult(user), aResult(user, 'rejected'), aResult(user, 'rejected')])
      expect(await settled(body)).toBe('applied');
    for (const _ of [1, 2]) await stack.deliver(address);
    await eventually(async () => expect(await stack.queueDepth()).toBe(0));
    await untilPublished(stack);
    expect((await eventsOf(stack, user)).map(({ 'detail-type': type }) => type)).toEqual([
      'verification_approved',
      'verification_rejected',
      'email_changed',
    ]);
  });

  test('approved, rejected, and the first approval again: rejected and contested, until accept', async () => {
    const user = randomUUID();
    const approval = aResult(user, 'approved');
    for (const body of [approval, aResult(user, 'rejected', 'Document of J. Doe expired')])
      expect(await settled(body)).toBe('applied');
    expect((await run('contested')).stdout).toBe('No results of Kraken contradict each other.\n');
    const early = await run('accept', user, '--why', 'x', '--yes');
    expect([early.status, early.stderr]).toEqual([2, expect.stringContaining(`user ${user} is rejected, and no results`)]);

    expect(await settled(approval)).toBe('contested');
    expect(await statusOf(user)).toMatchObject([{ status: 'rejected', contested: true }]);
    expect((await run('status', user)).stdout).toMatch(/kraken +rejected +\S+ +contested: an approval was received later/);
    await eventually(async () =>
      expect(await stack.view('alarms')).toMatchObject({ 'FractalWebhooks-contested-results': 'ALARM' }),
    );
    const listed = await run('contested', '--json');
    expect([listed.status, JSON.parse(listed.stdout)]).toMatchObject([1, { user_id: user }]);
    const { stdout } = await run('contested');
    expect(stdout).toMatch(new RegExp(`^${user} +\\S+ +\\S+ *\n\n1 user is rejected until somebody decides`, 'm'));

    const asked = await run('accept', user, '--why', 'approved in the dashboard');
    expect([asked.status, asked.stderr]).toEqual([
      2,
      expect.stringMatching(/Nothing was decided\. .* Add --yes to confirm\.\n$/),
    ]);
    const accepted = await run('accept', user, '--why', 'approved in the dashboard', '--yes');
    expect(accepted).toMatchObject({
      status: 0,
      stdout: `User ${user} is approved, decided by arn:aws:iam::000000000000:user/oncall.\n`,
    });
    expect(await stack.item(`USER#${user}`, 'LEVEL#kraken')).toMatchObject({
      status: 'approved',
      decided_why: 'approved in the dashboard',
    });
    expect((await run('contested')).status).toBe(0);
    await untilPublished(stack);
    expect((await eventsOf(stack, user)).map(({ 'detail-type': type }) => type)).toEqual([
      'verification_approved',
      'verification_rejected',
      'verification_approved',
    ]);
    expect(JSON.stringify(await eventsOf(stack, user))).not.toMatch(/Doe|dashboard/);
    expect(await settled(aResult(user, 'rejected'))).toBe('applied');
    expect(await statusOf(user)).toMatchObject([{ status: 'rejected', contested: false }]);
  });

  test('send signs them, and --wait tells what became of them', async () => {
    const user = randomUUID();
    const sent = async (...args: string[]) => (await run('send', 'kraken', '--user', user, ...args, '--wait')).stdout;
    expect(await sent('--status', 'rejected', '--note', 'Document expired')).toMatch(/table {3}shows it after/);
    expect(await sent('--status', 'approved')).toMatch(/table {3}unchanged, because it holds something newer/);
    expect(await sent('--status', 'pending')).toMatch(/table {3}unchanged, because it asks for no change/);
    const wrong = await run('send', 'verification_approved', '--status', 'approved');
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('--status does not apply to verification_approved'),
    ]);
  });

  test('doctor sends one of each contract', async () => {
    const { stdout } = await run('doctor', '--json');
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const says = (check: string) => findings.filter((one) => one.check === check).map((one) => `${one.result} ${one.says}`);
    expect(says('webhook')).toEqual([expect.stringMatching(/^ok 202/), expect.stringMatching(/^ok Kraken: 202/)]);
    expect(says('round trip')).toEqual([
      expect.stringMatching(/^ok in the table/),
      expect.stringMatching(/^ok Kraken: in the table/),
    ]);
    expect(says('event')).toEqual([expect.stringMatching(/^ok published/), expect.stringMatching(/^ok Kraken: published/)]);
  });

  test('are deleted by forget, with the note, and their messages too', async () => {
    const user = randomUUID();
    await settled(aResult(user, 'rejected', 'Document of J. Doe expired'));
    await deliver(aResult(user, 'expired'));
    const { status, stdout } = await run('forget', user, '--yes');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^Deleted: 1 item in the table, 1 record in the history, 1 dead letter,/),
    ]);
    expect(await stack.item(`USER#${user}`, 'LEVEL#kraken')).toBeUndefined();
    expect(JSON.stringify(await stack.deadLetters())).not.toContain(user);
  });

  test('leave no note in any log', async () => {
    await settled(aResult(randomUUID(), 'rejected', 'Document of J. Doe expired'));
    await stack.deliver(aVerification(), 'wrong');
    expect(signed(aResult(), KEY)).toMatch(/^[0-9a-f]{64}$/);
    expect(stack.output()).not.toMatch(/Doe/);
  });
});
