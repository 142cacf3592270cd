import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { encodeEnvelope } from '../../../../functions/core/envelope.ts';
import { anEmailChange, aVerification, bytesOf } from '../../../support/notifications.ts';
import { applyingAtOnce, NOON, receiving } from '../../../support/receiving.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { linesOf, suggestedIn } from '../../../support/terminal.ts';

const stack = useStackInProcess();
const receive = receiving(stack);
const run = (...args: string[]) => stack.run(...args);
const hold = (...args: string[]) => run('hold', '42', '--until', '2999-01-01', '--reason', 'five years', ...args);
const held = async () => (await stack.items()).find(({ sk }) => sk === 'HOLD');
const typed = (stdout: string, index = 0) => run(...(suggestedIn(stdout)[index] ?? []));

beforeEach(async () => {
  await stack.writeStackFile({ HistoryTableName: stack.historyTableName });
  await receive(aVerification({ user: '42' }), 1);
  await receive(anEmailChange('42', 'jon@example.com'), 2);
});

describe('hold', () => {
  test('makes forget refuse, which is recorded, until it has ended', async () => {
    expect(await hold()).toEqual({
      status: 0,
      stdout: "The data of user 42 can't be erased until 2999-01-01T23:59:59.999Z.\n",
      stderr: '',
    });
    const dry = await run('forget', '42');
    expect([dry.status, linesOf(dry.stdout)[0]]).toEqual([
      1,
      'Nothing was deleted: a hold on user 42 stands until 2999-01-01T23:59:59.999Z, placed by arn:aws:iam::000000000000:user/oncall: five years',
    ]);
    expect((await held())?.erasure_refused_at).toBeUndefined();
    const refused = await run('forget', '42', '--human', 'h', '--yes');
    expect([refused.status, refused.stdout]).toEqual([
      1,
      expect.stringMatching(/\nThe request is recorded\. After the end of the hold, it is due: npm run oncall -- forget --due /),
    ]);
    expect(await held()).toMatchObject({
      erasure_refused_at: expect.any(Number),
      erasure_refused_by: expect.any(String),
      erasure_human: 'h',
    });
    expect(await stack.items()).toHaveLength(3);
    expect(linesOf((await run('hold', '--list')).stdout)[1]).toMatch(
      /^42 2999-01-01T23:59:59\.999Z five years arn:\S+ refused \S+Z$/,
    );

    // As printed: nothing is due yet, then the hold is ended, and the erasure repeated.
    const early = await typed(refused.stdout);
    expect([early.status, early.stdout]).toEqual([0, expect.stringMatching(/^0 erasures are due\./)]);
    const ended = await typed(refused.stdout, 2);
    expect(ended.stdout).toMatch(
      /^The hold on the data of user 42 has ended\.\nIt refused an erasure, which is due now\. To erase the data:\n {2}npm run oncall -- forget 42 --human h --yes /,
    );
    const due = await run('forget', '--due', '--yes');
    expect([due.status, due.stdout]).toEqual([
      0,
      expect.stringMatching(/^1 erasure is due\.\n\nUser 42:\nDeleted: 2 items in the table, 2 records in the history/),
    ]);
    expect(await stack.items()).toEqual([]);
    expect(await stack.items(stack.historyTableName)).toEqual(
      ['human', 'user'].map(() => ({
        pk: 'ERASED',
        sk: expect.any(String),
        erased_at: expect.any(Number),
        erased_by: expect.any(String),
        completed_at: expect.any(Number),
      })),
    );
    expect((await run('status', '42', '--human', 'h')).stdout).toMatch(
      /^No items for user 42, human h\.\nThe data of user 42 was erased \S+Z\.\nThe data of human h was erased /,
    );
  });

  test('an erasure that it has refused can be erased or withdrawn after its end, as printed', async () => {
    for (const index of [0, 1]) {
      await hold();
      await run('forget', '42', '--yes');
      const ended = await run('hold', '--release', '42');
      expect((await typed(ended.stdout, 1 - index)).status).toBe(0);
      expect((await run('forget', '--due')).stdout).toMatch(/^0 erasures are due\./);
      expect((await stack.items()).filter(({ sk }) => sk !== 'HOLD')).toHaveLength(index === 0 ? 2 : 0);
    }
    expect((await run('forget', '42', '--withdraw')).stderr).toMatch(/^error: No erasure of user 42 has begun or was refused\./);
  });

  test('an erasure that is due is left to a person if something was received after it was refused', async () => {
    await hold();
    await run('forget', '42', '--yes');
    await run('hold', '--release', '42');
    await receive(aVerification({ user: '42', level: 'plus' }), Math.ceil((Date.now() - NOON) / 1_000) + 60);
    const due = await run('forget', '--due', '--yes');
    expect([due.status, due.stderr]).toEqual([
      1,
      expect.stringMatching(/^Something was received after the erasure was requested\. Decide: /),
    ]);
    expect((await stack.items()).filter(({ sk }) => sk !== 'HOLD')).toHaveLength(3);
  });

  test("protects the credentials of the person's human", async () => {
    await receive(
      '{"type":"credential_shared","data":{"idos_human_id":"h","credential_id":"c","shared_at":"2026-10-09T11:00:00Z"}}',
      4,
    );
    await receive(aVerification({ user: 'other' }), 5);
    await hold('--human', 'h');
    // The end of this hold is no reason to erase user 42.
    expect((await run('forget', 'other', '--human', 'h', '--yes')).stdout).not.toMatch(/recorded|withdraw/);
    expect((await run('forget', '--due')).stdout).toMatch(/^0 erasures are due\./);
    expect(await held()).not.toHaveProperty('erasure_refused_at');
    expect((await run('forget', 'other', '--human', 'h', '--yes')).stdout).toMatch(
      /^Nothing was deleted: a hold on user \S+ stands/,
    );
    expect((await run('forget', 'other', '--yes')).status).toBe(0);
  });

  test('can be extended, but not shortened by accident', async () => {
    await hold();
    const shorter = await run('hold', '42', '--until', '2998-01-01', '--reason', 'x');
    expect([shorter.status, shorter.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: A hold stands until 2999-01-01\S+ To end it earlier: npm run oncall -- hold --release 42 /),
    ]);
    expect((await run('hold', '42', '--until', '2999-06-01', '--reason', 'longer')).status).toBe(0);
    expect(await held()).toMatchObject({ hold_reason: 'longer' });
    expect(JSON.parse((await run('hold', '--release', '42', '--json')).stdout)).toEqual({
      user_id: '42',
      released: true,
      erasure_was_refused: false,
    });
    expect((await run('hold', '--list')).stdout).toMatch(/42 +ended +longer/);
    expect((await run('hold', '--release', '42')).stderr).toMatch(/^error: No hold stands on the data of user 42\./);
    expect(JSON.parse((await hold('--json')).stdout)).toMatchObject({ user_id: '42', reason: 'five years' });
  });

  test.each([
    [
      ['42', '--until', '2020-01-01', '--reason', 'x'],
      /^error: 2020-01-01T23:59:59\.999Z has passed\. A hold ends in the future\.\n$/,
    ],
    [['42', '--until', '2999-01-01'], /^error: Specify --until and --reason\.\n$/],
    [['42', '--until', '2999-01-01', '--reason', ' '], /^error: Specify --until and --reason\.\n$/],
    [['--until', '2999-01-01', '--reason', 'x'], /^error: Specify a user_id, or --list\.\n$/],
    [
      ['nobody', '--until', '2999-01-01', '--reason', 'x'],
      /^error: The table has nothing of user nobody\. .* add --even-if-unknown\.\n$/,
    ],
  ])('%j is an error', async (args, message) => {
    expect(await run('hold', ...args)).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(message) });
    expect(await held()).toBeUndefined();
  });

  test('names another spelling of the id that has data, and can be placed before there is any', async () => {
    const id = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';
    await receive(aVerification({ user: id.toUpperCase() }), 3);
    const args = ['--until', '2999-01-01', '--reason', 'x'];
    expect((await run('hold', id, ...args)).stderr).toContain(`Another spelling of the id has data: ${id.toUpperCase()}`);
    expect((await run('hold', id, ...args, '--even-if-unknown')).status).toBe(0);
    // It protects every spelling.
    expect((await run('forget', id.toUpperCase(), '--yes')).stdout).toMatch(/^Nothing was deleted: a hold on user \S+ stands/);
    expect((await stack.items()).filter(({ sk }) => sk === 'HOLD')).toHaveLength(1);
    expect(await stack.items()).toHaveLength(4);
  });

  test('is refused while an erasure runs, which can be withdrawn as printed', async () => {
    await stack.put({ pk: 'USER#42', sk: 'HOLD', erasing: NOON });
    const { status, stderr } = await hold();
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: An erasure of the data of user 42 has begun 2026-10-09T12:00:00Z, and some may be gone\. /),
    ]);
    expect((await run('hold', '--list')).stdout).toMatch(/begun 2026-10-09T12:00:00Z/);
    await stack.put(
      { pk: 'ERASED', sk: `${createHash('sha256').update('user#42').digest('hex')}#begun`, erased_at: NOON + 9e6 },
      stack.historyTableName,
    );
    expect((await typed(stderr)).stdout).toBe('The erasure of user 42 is withdrawn. What it has deleted stays deleted.\n');
    expect((await run('hold', '--list')).stdout).toBe('There are no holds.\n');
    // Nothing erases it later.
    await run('forget', '--due', '--yes');
    expect((await stack.items()).filter(({ sk }) => sk !== 'HOLD')).toHaveLength(2);
    expect((await hold()).status).toBe(0);
  });

  test('an erasure that was interrupted is finished by --due, but what was received since stays', async () => {
    await stack.put({ pk: 'USER#42', sk: 'HOLD', erasing: NOON });
    const since = Math.ceil((Date.now() - NOON) / 1_000);
    await stack.put(
      { pk: 'ERASED', sk: createHash('sha256').update('user#42').digest('hex'), erased_at: NOON + 10_000 },
      stack.historyTableName,
    );
    await receive(aVerification({ user: '42', level: 'plus' }), since);
    expect((await run('forget', '--due', '--yes')).stdout).toMatch(/Deleted: 2 items, 2 records and 0 dead letters/);
    expect((await stack.items()).filter(({ sk }) => sk !== 'HOLD').map(({ sk }) => sk)).toEqual(['LEVEL#plus']);
    expect((await run('hold', '--list')).stdout).toBe('There are no holds.\n');
  });

  test('a second erasure takes over, and the first deletes nothing more', async () => {
    let taken = false;
    stack.intercept(async ({ action }) => {
      if (action === 'GetQueueAttributes' && !taken) {
        taken = true;
        await stack.put({ pk: 'USER#42', sk: 'HOLD', erasing: NOON });
      }
      return undefined;
    });
    const first = await run('forget', '42', '--yes');
    expect([first.status, first.stderr]).toEqual([
      1,
      'error: Another erasure of the same person has taken over, or this one was withdrawn.\n',
    ]);
    expect(await stack.items()).toHaveLength(3);
    expect((await run('forget', '42', '--yes')).status).toBe(0);
    expect(await stack.items()).toEqual([]);
  });

  test('an erasure that was killed before it deleted anything is no erasure', async () => {
    await stack.put({ pk: 'USER#42', sk: 'HOLD', erasing: NOON });
    expect((await run('forget', '--due', '--yes')).status).toBe(0);
    expect((await stack.items()).filter(({ sk }) => sk !== 'HOLD')).toHaveLength(2);
    expect((await stack.items(stack.historyTableName)).filter(({ pk }) => pk === 'ERASED')).toEqual([]);
    expect((await run('hold', '--list')).stdout).toBe('There are no holds.\n');
  });

  test('an interrupted erasure is not complete while items of a team are left', async () => {
    await stack.put({ pk: 'USER#42', sk: 'HOLD', erasing: NOON });
    await stack.put({ pk: 'USER#42', sk: 'OURS', account: 'any' });
    const sk = `${createHash('sha256').update('user#42').digest('hex')}#begun`;
    await stack.put({ pk: 'ERASED', sk, erased_at: NOON + 10_000 }, stack.historyTableName);
    const due = await run('forget', '--due', '--yes');
    expect([due.status, due.stderr]).toEqual([
      1,
      expect.stringMatching(/^Items of your own are left of user 42\. Finish the erasure: /),
    ]);
    expect((await typed(due.stderr)).status).toBe(0);
    expect(await stack.items()).toEqual([]);
  });

  test('a withdrawn erasure is withdrawn for every spelling of the id', async () => {
    const id = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';
    for (const one of [id, id.toUpperCase()]) await stack.put({ pk: `USER#${one}`, sk: 'HOLD', erasing: NOON });
    expect((await run('forget', id, '--withdraw')).status).toBe(0);
    expect((await run('hold', '--list')).stdout).toBe('There are no holds.\n');
  });

  test('a second run that fails at once keeps the lock of the first, which may have deleted something', async () => {
    await stack.put({ pk: 'USER#42', sk: 'HOLD', erasing: NOON });
    stack.intercept(({ action, body }) =>
      action === 'PutItem' && body.includes('ERASED') ? awsError(400, 'AccessDeniedException', 'no') : undefined,
    );
    expect((await run('forget', '42', '--yes')).status).toBe(1);
    expect(await held()).toHaveProperty('erasing');
  });

  test('forget that fails before it deletes anything leaves no lock', async () => {
    stack.intercept(({ action, body }) =>
      action === 'PutItem' && body.includes('ERASED') ? awsError(400, 'AccessDeniedException', 'no') : undefined,
    );
    expect((await run('forget', '42', '--yes')).status).toBe(1);
    stack.intercept(() => undefined);
    expect((await stack.items(stack.historyTableName)).filter(({ pk }) => pk === 'ERASED')).toEqual([]);
    expect((await hold()).status).toBe(0);
  });

  test('is no state: status, verify and exports do not show it', async () => {
    await hold();
    expect((await run('history', 'verify')).stdout).toMatch(/^2 items in the table, each as the history says\./);
    expect((await run('export', '--format', 'jsonl')).stdout.trim().split('\n')).toHaveLength(1);
  });
});

describe('forget --again', () => {
  const again = (...args: string[]) => run('forget', '--again', ...args);
  const dead = (user: string, receivedAt: number) =>
    stack.send('dead', encodeEnvelope({ id: `d-${receivedAt}`, receivedAt, bytes: bytesOf(aVerification({ user })) }));

  /** Both tables as they were. */
  const backup = async () => {
    const [items, records] = await Promise.all([stack.items(), stack.items(stack.historyTableName)]);
    return async () => {
      for (const item of items) await stack.put(item as never);
      for (const record of records) await stack.put(record as never, stack.historyTableName);
    };
  };

  test('erases what a restore brought back, and nothing of others', async () => {
    await receive(aVerification({ user: 'other' }), 3);
    const restore = await backup();
    await run('forget', '42', '--yes');
    await restore();
    await dead('42', NOON);
    await dead('other', NOON);
    const dry = await again();
    expect([dry.status, linesOf(dry.stdout)]).toEqual([
      0,
      [
        'Would delete: 2 items, 2 records and 1 dead letter from before the erasure of their persons. 1 id is noted as erased.',
        'This was a dry run: nothing was deleted. Add --yes to delete.',
        '',
      ],
    ]);
    expect((await again('--yes')).stdout).toMatch(/^Deleted: 2 items, 2 records and 1 dead letter /);
    expect((await stack.items()).map(({ pk }) => pk)).toEqual(['USER#other']);
    expect((await stack.items(stack.historyTableName)).map(({ pk }) => pk).sort()).toEqual(['ERASED', 'USER#other']);
    expect(await stack.bodies('dead')).toHaveLength(1);
    expect(JSON.parse((await again('--yes', '--json')).stdout)).toEqual({
      dry_run: false,
      erased: 1,
      persons: 0,
      items: 0,
      records: 0,
      dead_letters: 0,
      held: 0,
      own: 0,
    });
  });

  test('deletes no item of a team, and applies again what was received since, also after it was interrupted', async () => {
    const restore = await backup();
    await run('forget', '42', '--yes');
    const later = Math.ceil((Date.now() - NOON) / 1_000) + 60;
    await receive(aVerification({ user: '42', timestamp: '2020-01-01T00:00:00Z' }), later);
    const [received] = await stack.items();
    await stack.put({ pk: 'USER#42', sk: 'OURS', account: 'new' });
    await restore();
    // It ends after the deletion: nothing is on the queue.
    stack.intercept(({ action }) => {
      if (action === 'SendMessageBatch') throw new Error('lost');
      return undefined;
    });
    expect((await again('--yes')).status).toBe(2);
    expect((await stack.items()).map(({ sk }) => sk)).toEqual(['OURS']);
    applyingAtOnce(stack);
    const repeated = await again('--yes');
    expect(repeated.stdout).toMatch(/\n1 item of your own under erased persons not deleted/);
    expect(await stack.items()).toEqual([received, { pk: 'USER#42', sk: 'OURS', account: 'new' }]);
  });

  test('erases the notes of holds that a restore brought back, and no newer ones', async () => {
    await hold();
    await run('hold', '42', '--release');
    const restore = await backup();
    await run('forget', '42', '--yes');
    await restore();
    await run('hold', 'other', '--until', '2999-01-01', '--reason', 'five years', '--even-if-unknown');
    expect((await again()).stdout).toMatch(/^Would delete: 2 items, 4 records /);
    expect((await again('--yes')).stdout).toMatch(/^Deleted: 2 items, 4 records /);
    const left = (await stack.items(stack.historyTableName)).filter(({ pk }) => pk === 'HOLDS');
    expect(left.map(({ user_id }) => user_id)).toEqual(['other']);
    await hold();
    expect((await again('--yes')).stdout).toMatch(/^Deleted: 0 items, 0 records /);
  });

  test('keeps what was received since', async () => {
    const restore = await backup();
    await run('forget', '42', '--yes');
    const later = Math.ceil((Date.now() - NOON) / 1_000) + 60;
    await receive(aVerification({ user: '42', level: 'plus' }), later);
    await restore();
    await dead('42', NOON + later * 1_000);
    expect((await again('--yes')).stdout).toMatch(/^Deleted: 2 items, 2 records and 0 dead letters /);
    expect((await stack.items()).map(({ sk }) => sk)).toEqual(['LEVEL#plus']);
    expect(await stack.bodies('dead')).toHaveLength(1);
    expect((await run('history', 'verify')).status).toBe(0);
  });

  test('honours a hold, and a ledger that only the older table has', async () => {
    const restore = await backup();
    await run('forget', '42', '--yes');
    const [entry] = await stack.items(stack.historyTableName);
    await stack.remove(entry as never, stack.historyTableName);
    await restore();
    expect((await again('--yes')).stdout).toMatch(/^Deleted: 0 items, .* 0 ids are noted as erased\./);
    // The table of the states stands in for the older one.
    await stack.put(entry as never);
    await hold();
    const refused = await again('--ledger', (await stack.target()).tableName, '--yes');
    expect([refused.status, refused.stdout]).toEqual([
      1,
      expect.stringMatching(/1 partition not deleted: a hold stands\. List them: npm run oncall -- hold --list/),
    ]);
    await run('hold', '--release', '42');
    expect((await again('--ledger', (await stack.target()).tableName, '--yes')).stdout).toMatch(/^Deleted: 2 items, 2 records/);
  });

  test('needs one of its ways to be called', async () => {
    for (const args of [['--again', '--due'], ['42', '--due'], []])
      expect(await run('forget', ...args)).toEqual({
        status: 2,
        stdout: '',
        stderr: 'error: Specify a user_id, --due, or --again.\n',
      });
  });
});

describe('an erased person', () => {
  test('is not brought back by import-states or dlq import', async () => {
    const letter = encodeEnvelope({ id: 'd', receivedAt: NOON, bytes: bytesOf(aVerification({ user: '42' })) });
    await stack.send('dead', letter);
    const [dropped, states] = ['dropped.jsonl', 'states.jsonl'].map((name) => `${stack.stackFile}.${name}`) as [string, string];
    await run('dlq', 'drop', '--all', '--export', dropped, '--yes');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(states, `${aVerification({ user: '42' })}\n`);
    await run('forget', '42', '--yes');
    expect((await run('dlq', 'import', dropped, '--yes')).stdout).toBe(
      '1 message is from before the erasure of the person, and left out.\n0 of 0 put back on the dead-letter queue; 0 already there.\n',
    );
    expect((await run('import-states', states)).stdout).toMatch(/^line 1: erased \S+Z, and not received again\n/);
    expect((await run('import-states', states)).status).toBe(1);
  });
});
