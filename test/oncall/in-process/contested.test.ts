import { describe, expect, jest, test } from '@jest/globals';
import { decodeEnvelope } from '../../../functions/core/envelope.ts';
import { interpretMessage } from '../../../functions/core/interpret-message.ts';
import { itemAfter, type StoredItem } from '../../../functions/core/state.ts';
import { decisionOn } from '../../../oncall/contested/decision.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';
import { linesOf } from '../../support/terminal.ts';

const stack = useStackInProcess();

const NOON = Date.parse('2026-10-09T12:00:00Z');

/** The item of a user whom Kraken rejected at noon, and approved a second later. */
const contested = (user: string) => ({
  pk: `USER#${user}`,
  sk: 'LEVEL#kraken',
  user_id: user,
  level: 'kraken',
  status: 'rejected',
  status_rank: 3,
  timestamp: '2026-10-09T12:00:00Z',
  receipt: '2026-10-09T12:00:00.000Z#id',
  as_of: NOON,
  note: 'Document expired',
  rejection_received_at: NOON,
  approval_received_at: NOON + 1_000,
});

const itemOf = async (user: string): Promise<StoredItem | undefined> =>
  (await stack.items()).find(({ pk, sk }) => pk === `USER#${user}` && sk === 'LEVEL#kraken');

/** Applies what is sent to the queue, as apply does, after a change of the item. */
const applying = (change: (item: StoredItem) => StoredItem = (item) => item): string[] => {
  const sent: string[] = [];
  stack.intercept(async ({ action, body }) => {
    if (action !== 'SendMessage') return undefined;
    const { MessageBody } = JSON.parse(body.toString());
    sent.push(MessageBody);
    const read = interpretMessage(MessageBody, Date.now());
    if (read.kind !== 'understood') throw new Error(read.problem);
    const user = String(read.state.attributes.user_id);
    await stack.put({ ...read.state.key, ...change(itemAfter(read.state, await itemOf(user))) } as Record<string, string>);
    return undefined;
  });
  return sent;
};

describe('contested', () => {
  test('lists the rejected users of whom an approval was received later, and what to do', async () => {
    await stack.put(contested('alice'));
    await stack.put({ ...contested('bob'), approval_received_at: NOON - 1 });
    await stack.put({ ...contested('carol'), decided_at: NOON + 2_000 });
    await stack.put({ ...contested('dave'), status: 'approved' });
    await stack.put({ ...contested('erin'), sk: 'LEVEL#basic' });
    const { status, stdout } = await stack.run('contested');
    expect(status).toBe(1);
    expect(linesOf(stdout)).toEqual([
      'USER REJECTION RECEIVED APPROVAL RECEIVED',
      'alice 2026-10-09T12:00:00Z 2026-10-09T12:00:01Z',
      '',
      '1 user is rejected until somebody decides. Look the user up at Kraken, then settle it:',
      expect.stringMatching(/^npm run oncall -- accept USER_ID --why TEXT --stack-file /),
      expect.stringMatching(/^npm run oncall -- accept USER_ID --status rejected --why TEXT --stack-file /),
      '',
    ]);
    await stack.put(contested('zoe'));
    expect((await stack.run('contested')).stdout).toContain('\n2 users are rejected until somebody decides.');
    const json = (await stack.run('contested', '--json')).stdout.trim().split('\n');
    expect(json.map((line) => JSON.parse(line)).sort((a, b) => (a.user_id < b.user_id ? -1 : 1))).toEqual([
      { user_id: 'alice', rejected_at: '2026-10-09T12:00:00Z', approval_received_at: '2026-10-09T12:00:01Z' },
      expect.objectContaining({ user_id: 'zoe' }),
    ]);
  });

  test('says that there are none, with exit status 0', async () => {
    expect(await stack.run('contested')).toEqual({
      status: 0,
      stdout: 'No results of Kraken contradict each other.\n',
      stderr: '',
    });
    expect(await stack.run('contested', '--json')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('reads every page of the table', async () => {
    const big = 'x'.repeat(300_000);
    for (let index = 0; index < 5; index += 1) await stack.put({ pk: `TEAM#${index}`, sk: 'own', big });
    const users = ['alice', 'bob', 'carol', 'dave', 'zoe'];
    for (const user of users.toReversed()) await stack.put(contested(user));
    const { stdout } = await stack.run('contested', '--json');
    expect(linesOf(stdout.trim()).map((line) => JSON.parse(line).user_id)).toEqual(users);
    expect(stack.calls().filter((action) => action === 'Scan').length).toBeGreaterThan(1);
  });
});

describe('accept', () => {
  test.each(['approved', 'rejected'] as const)(
    'puts the decision on the queue, and waits until the table shows it: %s',
    async (to) => {
      await stack.put(contested('alice'));
      const sent = applying();
      const { status, stdout } = await stack.run('accept', 'alice', '--status', to, '--why', 'asked', '--yes');
      expect([status, stdout]).toEqual([0, `User alice is ${to}, decided by arn:aws:iam::000000000000:user/oncall.\n`]);
      expect(sent.map((one) => decodeEnvelope(one))).toMatchObject([
        { decision: { asOf: NOON, statusRank: 3.5, by: 'arn:aws:iam::000000000000:user/oncall', why: 'asked' } },
      ]);
      expect(await itemOf('alice')).toMatchObject({ status: to, as_of: NOON, decided_why: 'asked' });
      expect(await itemOf('alice')).not.toHaveProperty('note');
      expect((await stack.run('contested')).status).toBe(0);
    },
  );

  test('waits for its own decision, also if an earlier one was contested again', async () => {
    await stack.put({ ...contested('alice'), decided_at: NOON + 500 });
    let decided: StoredItem | undefined;
    let looks = 0;
    stack.intercept(async ({ action, body }) => {
      if (action === 'SendMessage') {
        const read = interpretMessage(JSON.parse(body.toString()).MessageBody, Date.now());
        if (read.kind === 'understood') decided = { ...read.state.key, ...itemAfter(read.state, await itemOf('alice')) };
      }
      if (action !== 'GetItem' || !decided) return undefined;
      looks += 1;
      if (looks === 3) await stack.put(decided as Record<string, string>);
      return undefined;
    });
    const { status, stdout } = await stack.run('accept', 'alice', '--why', 'asked', '--yes');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^User alice is approved, decided by /)]);
    expect(looks).toBe(3);
  });

  test('prints JSON', async () => {
    await stack.put(contested('alice'));
    applying();
    const { stdout } = await stack.run('accept', 'alice', '--why', 'asked', '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({
      user_id: 'alice',
      decided: 'approved',
      by: 'arn:aws:iam::000000000000:user/oncall',
      recorded: true,
      status: 'approved',
    });
  });

  test.each([
    ['has no result of Kraken', 'nobody', {}],
    ['is approved', 'alice', { status: 'approved' }],
    ['is rejected', 'alice', { decided_at: NOON + 2_000 }],
  ])('has nothing to decide if the user %s', async (is, user, change) => {
    await stack.put({ ...contested('alice'), ...change });
    const { status, stderr } = await stack.run('accept', user, '--why', 'asked', '--yes');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        `^error: Nothing to decide: user ${user} ${is}, and no results contradict each other. List those that do: npm run oncall -- contested --stack-file `,
      ),
    ]);
    expect(stack.calls()).not.toContain('SendMessage');
  });

  test('sends nothing without confirmation, or without a reason', async () => {
    await stack.put(contested('alice'));
    expect(await stack.run('accept', 'alice', '--why', 'asked')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: Nothing was decided. This makes user alice approved. An approval was received 2026-10-09T12:00:01Z, after a rejection. Add --yes to confirm.\n',
    });
    expect((await stack.run('accept', 'alice', '--why', ' ', '--yes')).stderr).toMatch(/^error: --why is empty\./);
    expect((await stack.run('accept', 'alice', '--yes')).stderr).toMatch(/required option '--why <text>' not specified/);
    expect((await stack.run('accept', 'alice', '--why', 'x', '--status', 'pending', '--yes')).stderr).toMatch(/Allowed choices/);
    expect(stack.calls()).not.toContain('SendMessage');
  });

  test.each([{ status_rank: 'high' }, { as_of: 'noon' }])('decides nothing about an item that was edited: %j', async (edit) => {
    await stack.put({ ...contested('alice'), ...edit });
    const { status, stderr } = await stack.run('accept', 'alice', '--why', 'asked', '--yes');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/USER#alice \/ LEVEL#kraken was edited: its as_of or status_rank/),
    ]);
  });

  test("says so if Kraken's newer result overrides the decision", async () => {
    await stack.put(contested('alice'));
    applying((item) => ({ ...item, status: 'rejected' }));
    const { status, stdout } = await stack.run('accept', 'alice', '--why', 'asked', '--yes');
    expect([status, stdout]).toEqual([
      0,
      "Recorded, but the table says rejected: Kraken's newer result overrides the decision.\n",
    ]);
  });

  test('gives up after half a minute, with exit status 1', async () => {
    await stack.put(contested('alice'));
    stack.intercept(({ action }) => {
      if (action === 'SendMessage') jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
      return undefined;
    });
    const { status, stdout } = await stack.run('accept', 'alice', '--why', 'asked', '--yes');
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(
        /^The table does not show the decision after 30 s\. It is on the queue: npm run oncall -- status alice --stack-file /,
      ),
    ]);
    const { stdout: json } = await stack.run('accept', 'alice', '--why', 'asked', '--yes', '--json');
    expect(JSON.parse(json)).toMatchObject({ recorded: false, status: 'rejected' });

    stack.intercept(async ({ action }) => {
      if (action !== 'SendMessage') return undefined;
      await stack.remove(contested('alice'));
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
      return undefined;
    });
    const forgotten = await stack.run('accept', 'alice', '--why', 'asked', '--yes', '--json');
    expect([forgotten.status, JSON.parse(forgotten.stdout)]).toEqual([
      1,
      expect.objectContaining({ recorded: false, status: null }),
    ]);
  });
});

test.each([
  [3, 3.5],
  [3.5, 3.75],
  [1, 1.5],
])('a decision on an item of rank %d has rank %d: the next whole number is never reached', (rank, next) => {
  expect(decisionOn({ as_of: 7, status_rank: rank }, 'me', 'asked')).toEqual({
    asOf: 7,
    statusRank: next,
    by: 'me',
    why: 'asked',
  });
});
