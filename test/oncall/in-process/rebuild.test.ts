import { beforeEach, expect, test } from '@jest/globals';
import type { Envelope } from '../../../functions/core/envelope.ts';
import { anEmailChange, aResult, aVerification } from '../../support/notifications.ts';
import { applyingAtOnce, receiving } from '../../support/receiving.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';
import { linesOf } from '../../support/terminal.ts';

const stack = useStackInProcess();
const receive = receiving(stack);
const rebuild = (...args: string[]) => stack.run('history', 'rebuild', ...args);
let sent: readonly Envelope[];

const plus = (status: 'approved' | 'rejected', timestamp: string) =>
  aVerification({ user: '42', level: 'plus', status, timestamp });
const decision = { asOf: 1, statusRank: 3.5, by: 'arn', why: 'seen' };

beforeEach(async () => {
  await stack.writeStackFile({ HistoryTableName: stack.historyTableName });
  sent = applyingAtOnce(stack);
  await receive(plus('rejected', '2026-10-09T11:00:00Z'), 1);
  await receive(plus('approved', '2026-10-09T10:00:00Z'), 2);
  await receive(anEmailChange('42', 'jon@example.com'), 3);
  await receive(anEmailChange('42', 'snow@example.com'), 4);
  await receive(aResult('43', 'rejected', 'expired'), 5);
  await receive(aResult('43', 'approved'), 6);
  await receive(aResult('43', 'pending'), 7);
  await receive(aResult('44', 'rejected'), 8);
  await receive(aResult('44', 'approved'), 9, { decision });
});

const snapshot = async () => ({ items: await stack.items(), records: await stack.items(stack.historyTableName) });
const lose = async () => {
  for (const item of await stack.items()) await stack.remove(item);
};

test('history rebuild rebuilds an empty table, and records nothing anew', async () => {
  const before = await snapshot();
  await lose();
  const dry = await rebuild();
  expect([dry.status, linesOf(dry.stdout), sent]).toEqual([
    0,
    ['4 items would be rebuilt from 6 deliveries.', 'This was a dry run. Add --yes to rebuild.', ''],
    [],
  ]);
  expect((await rebuild('--yes')).stdout).toBe('4 items rebuilt from 6 deliveries.\n');
  expect(await snapshot()).toEqual(before);
  expect((await stack.run('history', 'verify')).status).toBe(0);
  expect(JSON.parse((await rebuild('--yes', '--json')).stdout)).toEqual({
    dry_run: false,
    items: 0,
    deliveries: 0,
    erased: 0,
    holds: 0,
  });
});

test('it rebuilds what is older, keeps what is newer, and what a team has added', async () => {
  const before = await snapshot();
  const item = before.items.find(({ sk }) => sk === 'LEVEL#plus') as Record<string, string | number>;
  await stack.put({ ...item, as_of: 1, status: 'approved', status_rank: 1, account: 'ours' });
  expect((await rebuild('--user', '42', '--yes')).stdout).toBe('1 item rebuilt from 1 delivery.\n');
  const rebuilt = (await stack.items()).find(({ sk }) => sk === 'LEVEL#plus');
  expect(rebuilt).toEqual({ ...item, account: 'ours' });
  await stack.put({ ...item, as_of: 9e12 });
  expect((await rebuild('--user', '42', '--yes')).stdout).toBe('0 items rebuilt from 0 deliveries.\n');
});

test('it leaves out what was received before an erasure', async () => {
  const { records } = await snapshot();
  await stack.run('forget', '42', '--yes');
  for (const record of records) await stack.put(record as never, stack.historyTableName);
  await lose();
  expect(linesOf((await rebuild('--yes')).stdout).slice(0, 2)).toEqual([
    '2 items rebuilt from 4 deliveries.',
    '4 deliveries are from before an erasure, and left out.',
  ]);
  expect((await stack.items()).map(({ pk }) => pk).sort()).toEqual(['USER#43', 'USER#44']);
});

test('it places lost holds again, but none that has ended or that an erasure has deleted', async () => {
  const hold = (user: string) => stack.run('hold', user, '--until', '2999-01-01', '--reason', 'law');
  await stack.run('hold', '42', '--until', '2998-01-01', '--reason', 'law', '--human', 'h');
  // Extended without naming the human again.
  await hold('42');
  await hold('43');
  await stack.run('hold', '--release', '43');
  await hold('44');
  const [kept] = (await stack.items()).filter(({ pk, sk }) => pk === 'USER#42' && sk === 'HOLD');
  await lose();
  expect((await rebuild()).stdout).toMatch(/\n2 holds would be placed again\.\n/);
  expect((await rebuild('--user', '42', '--yes')).stdout).toMatch(/\n1 hold placed again\.\n/);
  expect((await stack.items()).find(({ sk }) => sk === 'HOLD')).toEqual(kept);
  expect((await stack.run('forget', '42', '--yes')).stdout).toMatch(/^Nothing was deleted: a hold on user \S+ stands/);
  await rebuild('--yes');
  await stack.run('hold', '--release', '42');
  expect((await stack.run('forget', '42', '--yes')).status).toBe(0);
  expect(JSON.parse((await rebuild('--yes', '--json')).stdout)).toMatchObject({ holds: 0 });
  expect(JSON.stringify(await stack.items(stack.historyTableName))).not.toContain('"42');
});
