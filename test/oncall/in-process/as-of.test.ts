import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Envelope } from '../../../functions/core/envelope.ts';
import { startHistory } from '../../../functions/history-start.ts';
import { anEmailChange, aResult, aVerification } from '../../support/notifications.ts';
import { applyingAtOnce, NOON, receiving, SECOND } from '../../support/receiving.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';
import { linesOf } from '../../support/terminal.ts';

const stack = useStackInProcess();
const receive = receiving(stack);
const known = (...args: string[]) => stack.run('status', '42', ...args);
const plus = (status: 'approved' | 'contacted' | 'rejected', timestamp: string) =>
  aVerification({ user: '42', level: 'plus', status, timestamp });
const startedAt = (since: number) => startHistory(stack.dynamodb, stack.historyTableName, since);

beforeEach(() => stack.writeStackFile({ HistoryTableName: stack.historyTableName }));

describe('status --as-of', () => {
  beforeEach(async () => {
    await startedAt(NOON);
    await receive(plus('approved', '2026-10-09T10:00:00Z'), 1, {}, 5 * SECOND);
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 3);
    await receive(anEmailChange('42', 'jon@example.com'), 4);
  });

  test.each([
    ['as received', '2026-10-09T12:00:02Z', [], ['plus approved 2026-10-09T10:00:00Z']],
    ['as received', '2026-10-09T12:00:03Z', [], ['plus rejected 2026-10-09T11:00:00Z']],
    ['as recorded', '2026-10-09T12:00:03.5Z', ['--by', 'recorded'], ['plus rejected 2026-10-09T11:00:00Z']],
  ])('shows what was known, %s by %s', async (clock, time, args, lines) => {
    const { status, stdout } = await known('--as-of', time, ...args);
    const heading = `user 42, ${clock} by ${time.replace('.5Z', '.500Z')}`;
    expect([status, linesOf(stdout)]).toEqual([0, [heading, '', 'LEVEL STATUS AS OF', ...lines, '']]);
  });

  test('takes a date, which stands for its end in UTC, and prints JSON', async () => {
    expect(JSON.parse((await known('--as-of', '2026-10-09', '--json')).stdout)).toEqual({
      user_id: '42',
      levels: [{ level: 'plus', status: 'rejected', as_of: '2026-10-09T11:00:00Z', contested: false }],
      email: { address: 'j…@example.com', as_of: '2026-10-09T12:00:04Z' },
      credentials: [],
      known: '2026-10-09T23:59:59.999Z',
      by: 'received',
    });
  });

  test('says if nothing was known', async () => {
    expect(await known('--as-of', '2026-10-09T12:00:00Z')).toMatchObject({
      status: 1,
      stdout: 'Nothing about user 42, as received by 2026-10-09T12:00:00Z.\n',
    });
    // Received, but not yet in the table.
    expect((await known('--as-of', '2026-10-09T12:00:02Z', '--by', 'recorded')).stdout).toMatch(/^Nothing about/);
  });

  test.each([
    ['2999-01-01', /^error: 2999-01-01T23:59:59\.999Z is in the future\. A date stands for its end, in UTC\./],
    ['2026-10-08', /^error: The history is complete since 2026-10-09T12:00:00Z\. It does not tell what was known before that\./],
    ['2026-02-30', /It must be a date such as 1970-01-01, or a time such as 1970-01-01T00:00:00Z\./],
    ['yesterday', /It must be a date such as/],
  ])('refuses %s', async (time, message) => {
    expect(await known('--as-of', time)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('history start', () => {
  const start = (...args: string[]) => stack.run('history', 'start', ...args);
  const UPGRADED = Date.parse('2026-10-09T11:59:00Z');

  let applied: readonly Envelope[];

  beforeEach(async () => {
    applied = applyingAtOnce(stack);
    // Before the history, which then has nothing of it.
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 1);
    await receive(anEmailChange('42', 'jon@example.com'), 2);
    await receive(
      '{"type":"credential_shared","data":{"idos_human_id":"h","credential_id":"c","shared_at":"2026-10-09T11:00:00Z"}}',
      3,
    );
    await receive(aResult('43', 'approved'), 4);
    await receive(aResult('43', 'rejected', 'expired'), 5);
    await receive(aResult('43', 'approved'), 6);
    await receive(aVerification({ user: 'doctor-1' }), 7);
    await stack.put({ pk: 'USER#42', sk: 'OURS', as_of: 1 });
    await stack.put({ pk: 'USER#44', sk: 'LEVEL#plus', user_id: '44', level: 'plus', status: 'approved', as_of: 'none' });
    for (const record of await stack.items(stack.historyTableName)) await stack.remove(record, stack.historyTableName);
    // Since the upgrade.
    await receive(aVerification({ user: '45' }), 8);
  });

  test('is a dry run unless --yes', async () => {
    const { status, stdout } = await start();
    expect([status, linesOf(stdout)]).toEqual([
      1,
      [
        '4 states would be entered, 1 recorded already.',
        'USER#44 / LEVEL#plus: was edited, and no delivery leads to it. It is not entered.',
        'Repair or delete what was edited and repeat the command, or add --even-if-edited: then the history has a gap there.',
        'This was a dry run. Add --yes to enter them.',
        '',
      ],
    ]);
    expect(applied).toEqual([]);
    expect((await known('--as-of', '2026-10-09T12:00:30Z')).stderr).toMatch(
      /^error: It is not known since when the history is complete\. Enter the states that are older than it: npm run oncall -- history start --yes --stack-file/,
    );
  });

  test('enters each state as a first record, so that the history leads to the table, and changes no item', async () => {
    const before = await stack.items();
    const { status, stdout, stderr } = await start('--yes', '--even-if-edited');
    expect([status, stderr, stdout]).toEqual([
      0,
      '',
      expect.stringMatching(/^4 states entered, 1 recorded already\.\n[\s\S]*The history is complete since /),
    ]);
    expect(await stack.items()).toEqual(before);
    expect(new Set(applied.map(({ source }) => source))).toEqual(new Set(['import']));
    expect((await stack.run('history', 'verify')).stdout).toMatch(
      /^USER#44 \/ LEVEL#plus: is in the table, and was not recorded\n1 difference/,
    );
    // What has no time of its own keeps its receipt.
    expect((await stack.run('history', '42', '--reveal')).stdout).toMatch(/2026-10-09T12:00:02Z +jon@example\.com/);
    expect((await start('--yes')).stdout).toMatch(/^The history is complete since \S+\.\n$/);
    expect((await known('--as-of', new Date(UPGRADED).toISOString())).stderr).toMatch(/^error: The history is complete since /);
  });

  test('is not complete while an item was edited, and enters nobody who was erased', async () => {
    const edited = await start('--yes');
    expect([edited.status, edited.stdout]).toEqual([1, expect.not.stringMatching(/complete since/)]);
    await stack.run('forget', '44', '--yes');
    await stack.put({
      pk: 'USER#44',
      sk: 'LEVEL#plus',
      user_id: '44',
      level: 'plus',
      status: 'approved',
      status_rank: 1,
      timestamp: '2026-10-09T11:00:00Z',
      as_of: NOON - 3_600 * SECOND,
    });
    const erased = await start('--yes');
    expect([erased.status, erased.stdout]).toEqual([
      1,
      expect.stringMatching(
        /\n1 state is of erased persons, as after a restore\. Erase them first: npm run oncall -- forget --again /,
      ),
    ]);
    await stack.run('forget', '--again', '--yes');
    expect((await start('--yes')).stdout).toMatch(/\nThe history is complete since /);
  });

  test('goes on where it was interrupted', async () => {
    let calls = 0;
    stack.intercept(({ action }) => {
      if (action === 'SendMessageBatch') throw new Error(`lost ${++calls}`);
      return undefined;
    });
    expect((await start('--yes')).status).toBe(2);
    expect(calls).toBeGreaterThan(0);
    applyingAtOnce(stack);
    // The segments of the table are read in parallel, so some may be entered already.
    const { entered, recorded, ...rest } = JSON.parse((await start('--yes', '--json', '--even-if-edited')).stdout);
    expect([entered + recorded, rest]).toEqual([
      5,
      { dry_run: false, erased: 0, edited: ['USER#44 / LEVEL#plus'], complete_since: expect.any(String) },
    ]);
  });
});
