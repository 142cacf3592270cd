import { describe, expect, jest, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { parseJson } from '../../../../functions/core/json.ts';
import { RELEASE } from '../../../../functions/release.ts';
import { anEnvelope, aParkedEnvelope } from '../../../support/envelopes.ts';
import { interrupt, keepRunning } from '../../../support/interrupt.ts';
import { aVerification } from '../../../support/notifications.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { linesOf, suggestedIn } from '../../../support/terminal.ts';

const stack = useStackInProcess();
const redrive = (...args: string[]) => stack.run('dlq', 'redrive', ...args);

const verification = (user: string, day = 1, level = 'basic') =>
  anEnvelope(aVerification({ user, level, timestamp: `2024-05-0${day}T00:00:00Z` }), { id: `${user}-${level}-${day}` });

const idsIn = (bodies: readonly string[]): string[] => bodies.map((body) => JSON.parse(body).id);
const sentIds = async (): Promise<string[]> => idsIn(await stack.bodies('queue'));

/** Applies what arrives on the main queue at once: the item then shows the newest of these days. */
const applying = (): void =>
  stack.intercept(async ({ action, body }) => {
    const { QueueUrl, MessageBody } = JSON.parse(body.toString());
    if (action !== 'SendMessage' || QueueUrl !== stack.urls.queue) return undefined;
    const { data } = Object(parseJson(JSON.parse(MessageBody).body));
    if (data === undefined) return undefined;
    const as_of = Date.parse(data.timestamp);
    await stack.put({ pk: `USER#${data.user_id}`, sk: `LEVEL#${data.level}`, as_of, status_rank: 1 });
    return undefined;
  });

describe('dlq redrive', () => {
  test('is a dry run unless --yes: it shows the outcomes, and sends nothing', async () => {
    await stack.put({ pk: 'USER#old', sk: 'LEVEL#basic', as_of: Date.parse('2024-05-01T00:00:00Z'), status_rank: 1 });
    for (const body of [verification('jane', 1), verification('jane', 2), verification('john'), verification('old')])
      await stack.send('dead', body);
    const { status, stdout, stderr } = await redrive('--all');
    expect(stdout.split('\n')).toEqual([
      '4 would be sent back to the queue:',
      '       1  stale',
      '       2  would apply',
      '       1  duplicate',
      'This was a dry run: nothing was sent. Add --yes to send.',
      '',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(await stack.bodies('queue')).toEqual([]);
    expect(await stack.bodies('dead')).toHaveLength(4);
  });

  test('says in JSON what it would send, and what it would skip', async () => {
    await stack.send('dead', verification('jane'));
    await stack.send('dead', aParkedEnvelope('nonsense', 'not_json', { id: 'parked' }));
    const { status, stdout } = await redrive('--all', '--json');
    expect(JSON.parse(stdout)).toEqual({
      dry_run: true,
      messages: [expect.objectContaining({ id: 'jane-basic-1', if_redriven: 'would_apply' })],
      skipped: [expect.objectContaining({ id: 'parked', if_redriven: 'not_understood' })],
      hidden: 0,
    });
    expect(status).toBe(0);
  });

  test('masks addresses in JSON', async () => {
    await stack.send('dead', anEnvelope('{"type":"email_changed","data":{"user_id":"jane","email":"jane@example.com"}}'));
    await stack.send('dead', aParkedEnvelope('{"type":"jane@example.com"}', 'unknown_type'));
    expect((await redrive('--all', '--json')).stdout).not.toContain('jane@');
  });

  test('sends the messages, oldest first, and deletes them here', async () => {
    for (const user of ['jane', 'john', 'mary']) await stack.send('dead', verification(user));
    const { status, stdout, stderr } = await redrive('--all', '--limit', '2', '--yes');
    expect(stderr).not.toContain('error');
    expect(stdout).toBe('2 of 2 sent back to the queue. 1 message is left on the dead-letter queue.\n');
    expect(status).toBe(0);
    expect(await sentIds()).toEqual(['jane-basic-1', 'john-basic-1']);
    expect(idsIn(await stack.bodies('dead'))).toEqual(['mary-basic-1']);
    expect(JSON.parse((await redrive('--all', '--yes', '--json')).stdout)).toEqual({
      dry_run: false,
      redriven: 1,
      of: 1,
      skipped: 0,
      hidden: 0,
    });
    expect((await redrive('--all', '--yes')).stdout).toBe(
      '0 of 0 sent back to the queue. 0 messages are left on the dead-letter queue.\n',
    );
    expect((await redrive('--all')).stdout).toBe(
      'No messages would be sent.\nThis was a dry run: nothing was sent. Add --yes to send.\n',
    );
  });

  test('skips what would or might fail again, unless --even-if-failing or --id selects it', async () => {
    await stack.put({ pk: 'USER#bad', sk: 'LEVEL#basic', as_of: 'yesterday' });
    await stack.send('dead', verification('bad'));
    await stack.send('dead', aParkedEnvelope('nonsense', 'not_json', { id: 'parked' }));
    await stack.send('dead', verification('jane'));
    const skipping = '2 skipped, because they would or might fail again (--even-if-failing sends them anyway).';
    expect(linesOf((await redrive('--all')).stdout)).toEqual([
      '1 would be sent back to the queue:',
      ' 1 would apply',
      skipping,
      'This was a dry run: nothing was sent. Add --yes to send.',
      '',
    ]);
    expect(linesOf((await redrive('--all', '--even-if-failing')).stdout)).toEqual([
      '3 would be sent back to the queue:',
      ' 1 would fail',
      ' 1 still not understood',
      ' 1 would apply',
      'Messages that fail return here after five attempts.',
      'This was a dry run: nothing was sent. Add --yes to send.',
      '',
    ]);
    expect((await redrive('--id', 'parked')).stdout).toMatch(/^1 would be sent/);
    expect(await redrive('--all', '--yes')).toMatchObject({
      status: 0,
      stdout: `1 of 1 sent back to the queue. 2 messages are left on the dead-letter queue.\n${skipping}\n`,
    });
    expect(JSON.parse((await redrive('--all', '--yes', '--json')).stdout)).toMatchObject({ redriven: 0, of: 0, skipped: 2 });
    expect(await sentIds()).toEqual(['jane-basic-1']);
    expect((await redrive('--id', 'parked', '--yes')).stdout).toMatch(/^1 of 1 sent back to the queue\. 1 message is left/);
    expect((await sentIds()).sort()).toEqual(['jane-basic-1', 'parked']);
  });

  test('skips what the deployed release may not understand, and says why', async () => {
    await stack.writeStackFile({ Release: '0.9.0+0', NotificationTypes: 'verification_approved' });
    await stack.send('dead', aParkedEnvelope(aVerification(), 'time_ahead: data.timestamp'));
    const remark = `The stack runs release 0.9.0+0, and this command line is ${RELEASE}: messages that perhaps only this one understands are not redriven. To be sure, use the command line of the deployed release.`;
    expect(linesOf((await redrive('--all')).stdout).slice(0, 3)).toEqual([
      'No messages would be sent.',
      '1 skipped, because they would or might fail again (--even-if-failing sends them anyway).',
      remark,
    ]);
    expect((await redrive('--all', '--yes')).stdout).toContain(`\n${remark}\n`);
  });

  test('counts messages that another reader has received, with exit status 1', async () => {
    await stack.send('dead', verification('hidden'));
    const giveBack = await stack.hide('dead');
    await stack.send('dead', verification('jane'));
    const remark = '1 more cannot be read now: another reader has received them. They become visible again within minutes.';
    const dry = await redrive('--all');
    expect([dry.status, linesOf(dry.stdout)[2]]).toEqual([1, remark]);
    const json = await redrive('--all', '--json');
    expect([json.status, JSON.parse(json.stdout).hidden]).toEqual([1, 1]);
    expect(await redrive('--id', 'jane-basic-1')).toMatchObject({ status: 0 });
    expect(await redrive('--all', '--yes')).toMatchObject({
      status: 1,
      stdout: `1 of 1 sent back to the queue. 1 message is left on the dead-letter queue.\n${remark}\n`,
    });
    expect(JSON.parse((await redrive('--all', '--yes', '--json')).stdout).hidden).toBe(1);
    await giveBack();
  });

  test('sends none while the table cannot be read, and says when to retry', async () => {
    await stack.send('dead', verification('jane'));
    stack.intercept(({ service }) => (service === 'dynamodb' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    expect((await redrive('--all')).stdout).toMatch(/^1 would be sent back to the queue:\n +1 {2}unknown\nThis was a dry run/);
    const { status, stdout, stderr } = await redrive('--all', '--yes');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^error: The table cannot be read, so the messages would fail again\. Retry once npm run oncall -- doctor --stack-file \S+ reports no problem with the table\. \S.*\n$/,
    );
    expect(suggestedIn(stderr)).toEqual([['doctor']]);
    expect([await stack.bodies('queue'), (await stack.bodies('dead')).length]).toEqual([[], 1]);
  });

  test('reports a failure, and leaves here what it did not send', async () => {
    for (const user of ['jane', 'john']) await stack.send('dead', verification(user));
    stack.intercept(({ action, body }) =>
      action === 'SendMessage' && body.includes('john') ? awsError(400, 'AccessDeniedException', 'not allowed') : undefined,
    );
    const { status, stdout, stderr } = await redrive('--all', '--yes');
    expect(stdout).toBe('1 of 2 sent back to the queue. 1 message is left on the dead-letter queue.\n');
    expect(stderr).toMatch(/\nerror: \S.*\n$/);
    expect(status).toBe(1);
    expect(idsIn(await stack.bodies('dead'))).toEqual(['john-basic-1']);
  });

  test('sends no older message of an item if it could not send the newest', async () => {
    for (const day of [1, 2]) await stack.send('dead', verification('jane', day));
    stack.intercept(({ action }) => (action === 'SendMessage' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    expect((await redrive('--all', '--yes')).stdout).toMatch(/^0 of 2 sent back/);
    expect(stack.calls().filter((action) => action === 'SendMessage')).toHaveLength(3);
    expect(await stack.bodies('dead')).toHaveLength(2);
  });

  test('sends the older messages of an item once the table shows the newest', async () => {
    for (const body of [verification('jane', 1), verification('jane', 3), verification('jane', 2), verification('john', 1)])
      await stack.send('dead', body);
    applying();
    const { status, stdout } = await redrive('--all', '--yes');
    expect([status, stdout]).toEqual([0, '4 of 4 sent back to the queue. 0 messages are left on the dead-letter queue.\n']);
    // The writes of `applying` are in the order of the sends: the last of jane's is not the newest.
    expect(stack.calls().filter((action) => action === 'BatchGetItem')).toHaveLength(2);
    expect(await sentIds()).toHaveLength(4);
  });

  test('sends with --even-if-failing what has no item, too', async () => {
    for (const body of [verification('jane', 2), verification('jane', 1), aParkedEnvelope('x', 'not_json', { id: 'parked' })])
      await stack.send('dead', body);
    applying();
    expect((await redrive('--all', '--even-if-failing', '--yes')).stdout).toMatch(/^3 of 3 sent back/);
    expect((await sentIds()).sort()).toEqual(['jane-basic-1', 'jane-basic-2', 'parked']);
  });

  test('waits for no item that no other message is about', async () => {
    await stack.put({ pk: 'USER#old', sk: 'LEVEL#basic', as_of: 9e12, status_rank: 1 });
    await stack.send('dead', verification('old'));
    await stack.send('dead', verification('jane'));
    expect((await redrive('--all', '--yes')).status).toBe(0);
    expect(await stack.items()).toHaveLength(1);
    expect((await sentIds()).sort()).toEqual(['jane-basic-1', 'old-basic-1']);
  });

  test('sends the older messages in the end, even if the table never shows the newest', async () => {
    for (const day of [1, 2]) await stack.send('dead', verification('jane', day));
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now);
    let reads = 0;
    stack.intercept(({ action }) => {
      // The second read is the first look for what was sent.
      if (action === 'BatchGetItem') reads += 1;
      if (reads === 3) jest.spyOn(Date, 'now').mockReturnValue(now + 60_000);
      return undefined;
    });
    expect((await redrive('--all', '--yes')).stdout).toMatch(/^2 of 2 sent/);
    expect(reads).toBe(3);
  });

  test('interrupted while it waits for the table, sends no older message', async () => {
    const exits = keepRunning();
    let printed = '';
    for (const day of [1, 2]) await stack.send('dead', verification('jane', day));
    let reads = 0;
    stack.intercept(({ action }) => {
      if (action === 'BatchGetItem' && ++reads === 2) printed = interrupt();
      return undefined;
    });
    const { status, stdout, stderr } = await redrive('--all', '--yes');
    expect(stdout).toBe('1 of 2 sent back to the queue. 1 message is left on the dead-letter queue.\n');
    expect(printed).toBe('Stopping as soon as the messages are visible to others again. Interrupt again to stop now.\n');
    expect(stderr).toMatch(/\nerror: Interrupted\.\n$/);
    expect([status, exits]).toEqual([1, [130]]);
    expect(idsIn(await stack.bodies('dead'))).toEqual(['jane-basic-1']);
  });

  test('interrupted while it sends, sends no more', async () => {
    keepRunning();
    let sends = 0;
    for (let count = 10; count < 40; count += 1) await stack.send('dead', verification(`user${count}`));
    stack.intercept(({ action }) => {
      if (action === 'SendMessage' && ++sends === 1) interrupt();
      return undefined;
    });
    const { stdout, stderr } = await redrive('--all', '--yes');
    expect(stderr).toContain('error: Interrupted.');
    const [, sent = ''] = /^(\d+) of 30 sent/.exec(stdout) ?? [];
    expect(Number(sent)).toBeLessThanOrEqual(8);
    expect((await stack.bodies('dead')).length + Number(sent)).toBe(30);
  });

  test('stops before others may receive the messages too', async () => {
    for (const user of ['jane', 'john']) await stack.send('dead', verification(user));
    const now = Date.now();
    stack.intercept(({ action }) => {
      if (action === 'BatchGetItem') jest.spyOn(Date, 'now').mockReturnValue(now + 125_000);
      return undefined;
    });
    const { status, stdout, stderr } = await redrive('--all', '--yes');
    expect(stdout).toMatch(/^0 of 2 sent back/);
    expect(stderr).toContain('This took longer than 121 s, and others may have received the messages. Repeat it.');
    expect([status, await stack.bodies('queue')]).toEqual([1, []]);
  });

  test.each([
    [100, 250, 130],
    [100, 251, 131],
    [10, 250, 145],
  ])('at %i messages a second, holds %i messages for %i seconds', async (rate, count, seconds) => {
    const hidden: number[] = [];
    stack.intercept(({ action, body }) => {
      if (action === 'ReceiveMessage') hidden.push(JSON.parse(body.toString()).VisibilityTimeout);
      return undefined;
    });
    stack.pretendDepth(count);
    await redrive('--all', '--rate', String(rate));
    expect(new Set(hidden)).toEqual(new Set([seconds]));
  });
});
