import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { awsError } from '../../../emulator/aws/request.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import type { StoredItem } from '../../../functions/core/state.ts';
import { anEmailChange, aResult, aVerification, bytesOf } from '../../support/notifications.ts';
import { NOON, receiving, SECOND } from '../../support/receiving.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';
import { linesOf } from '../../support/terminal.ts';

const stack = useStackInProcess();

beforeEach(() => stack.writeStackFile({ HistoryTableName: stack.historyTableName }));

type Values = Record<string, string | number>;

const receive = receiving(stack);

const plus = (status: 'approved' | 'contacted' | 'rejected', timestamp: string) =>
  aVerification({ user: '42', level: 'plus', status, timestamp });

describe('history', () => {
  beforeEach(async () => {
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 1);
    await receive(plus('approved', '2026-10-09T10:00:00Z'), 2);
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 3);
    await receive(anEmailChange('42', 'jon@example.com'), 4);
    await receive(aResult('42', 'rejected', 'Document of J. Doe expired'), 5);
    await receive(aResult('42', 'approved'), 6);
    await receive(aResult('42', 'pending'), 7);
    await receive(aVerification({ user: 'another' }), 8);
  });

  test('shows a late, a repeated and a contradicting delivery, and what each did', async () => {
    const { status, stdout, stderr } = await stack.run('history', '42');
    expect([status, stderr]).toEqual([0, '']);
    expect(linesOf(stdout)).toEqual([
      'RECEIVED SAID AS OF WHAT IT DID SOURCE',
      '2026-10-09T12:00:01Z plus rejected 2026-10-09T11:00:00Z applied webhook',
      '2026-10-09T12:00:02Z plus approved 2026-10-09T10:00:00Z stale: it was rejected as of 2026-10-09T11:00:00Z webhook',
      '2026-10-09T12:00:03Z plus rejected 2026-10-09T11:00:00Z repeated webhook',
      '2026-10-09T12:00:04Z j…@example.com 2026-10-09T12:00:04Z applied webhook',
      '2026-10-09T12:00:05Z kraken rejected … 2026-10-09T12:00:05Z applied webhook',
      '2026-10-09T12:00:06Z kraken approved – contested: it was rejected as of 2026-10-09T12:00:05Z webhook',
      '2026-10-09T12:00:07Z kraken – asks for no change webhook',
      '',
    ]);
  });

  test('shows one level, and what is personal only with --reveal', async () => {
    expect((await stack.run('history', '42', '--level', 'kraken')).stdout).not.toMatch(/plus|Doe/);
    expect((await stack.run('history', '42', '--reveal')).stdout).toMatch(/jon@example\.com[\s\S]*Document of J\. Doe expired/);
  });

  test('prints JSON', async () => {
    const { stdout } = await stack.run('history', '42', '--level', 'plus', '--json');
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toEqual({
      received_at: '2026-10-09T12:00:02Z',
      recorded_at: '2026-10-09T12:00:02.005Z',
      item: 'LEVEL#plus',
      type: 'verification_approved',
      said: 'plus approved',
      as_of: '2026-10-09T10:00:00Z',
      outcome: 'stale',
      because: 'it was rejected as of 2026-10-09T11:00:00Z',
      source: 'webhook',
      id: 'd2',
    });
  });

  test('shows credentials of a human', async () => {
    await receive(
      '{"type":"credential_shared","data":{"idos_human_id":"h","credential_id":"c","shared_at":"2026-10-09T11:00:00Z"}}',
      9,
    );
    expect((await stack.run('history', '--human', 'h')).stdout).toMatch(/ c +2026-10-09T11:00:00Z +applied /);
  });

  test('says if nothing was received, if nobody is named, and if the stack keeps none', async () => {
    expect(await stack.run('history', 'nobody')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^Nothing was received/),
    });
    expect(await stack.run('history')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: Specify a user_id, --human/),
    });
    await stack.writeStackFile();
    expect(await stack.run('history', '42')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: This stack keeps no history\. Set history to true in infra\/installations\.ts/),
    });
  });

  test('does not trust a record that was edited', async () => {
    const [record] = (await stack.items(stack.historyTableName)).filter(({ id }) => id === 'd1');
    await stack.put({ ...(record as Values), body: 'nonsense' }, stack.historyTableName);
    expect((await stack.run('history', '42')).stdout).toMatch(/plus rejected +\S+ +not understood by this release/);
  });
});

describe('history verify', () => {
  const itemOf = async (sk: string) => (await stack.items()).find((item) => item.sk === sk) as StoredItem;

  beforeEach(async () => {
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 1);
    await receive(aResult('42', 'approved'), 2);
    await receive(aVerification({ user: 'another' }), 3);
  });

  test('finds the table as the history says, with what a team has added, and without test users', async () => {
    await stack.put({ ...(await itemOf('LEVEL#plus')), account: 'ours' } as Values);
    await stack.put({ pk: 'USER#42', sk: 'OURS', as_of: 1 });
    await stack.put({ pk: 'ORDER#1', sk: 'LEVEL#plus', as_of: 1 });
    await receive(aVerification({ user: 'doctor-1' }), 4);
    expect(await stack.run('history', 'verify')).toEqual({
      status: 0,
      stdout: '3 items in the table, each as the history says.\n',
      stderr: '',
    });
  });

  test('names records that were altered, and attributes that nobody but apply writes', async () => {
    const [record] = (await stack.items(stack.historyTableName)).filter(({ id }) => id === 'd1') as Values[];
    await stack.put({ ...(record ?? {}), status: 'approved', as_of: 1 }, stack.historyTableName);
    await stack.put({ ...(await itemOf('LEVEL#kraken')), decided_at: 9e12 } as Values);
    const { status, stdout } = await stack.run('history', 'verify', '--user', '42');
    expect([status, linesOf(stdout).slice(0, 2)]).toEqual([
      1,
      [
        'USER#42 / LEVEL#kraken: decided_at differs from what was received',
        `USER#42 / ${record?.sk}: the record was altered: status, as_of`,
      ],
    ]);
  });

  test('names what was edited, what was deleted, and what was not recorded', async () => {
    const [gone] = (await stack.items(stack.historyTableName)).filter(({ pk }) => pk === 'USER#another') as Values[];
    await stack.reset();
    await stack.writeStackFile({ HistoryTableName: stack.historyTableName });
    await stack.put(gone ?? {}, stack.historyTableName);
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 1);
    await stack.put({ ...(await itemOf('LEVEL#plus')), status: 'approved', status_rank: 1 } as Values);
    await stack.put({ ...(await itemOf('LEVEL#plus')), sk: 'LEVEL#basic', level: 'basic' } as Values);
    const { status, stdout } = await stack.run('history', 'verify');
    expect([status, linesOf(stdout).slice(0, 3)]).toEqual([
      1,
      [
        'USER#42 / LEVEL#basic: is in the table, and was not recorded',
        'USER#42 / LEVEL#plus: status, status_rank differ from what was received',
        'USER#another / LEVEL#basic: was received, and is not in the table',
      ],
    ]);
    expect(stdout).toMatch(/\n3 differences, among 2 items in the table\. /);
    const json = (await stack.run('history', 'verify', '--user', 'another', '--json')).stdout;
    expect(JSON.parse(json)).toEqual({ pk: 'USER#another', sk: 'LEVEL#basic', what: 'deleted', attributes: [] });
  });
});

describe('a dead letter whose state is written and whose record is missing', () => {
  const dead = async (body: string, at: number) =>
    stack.send('dead', encodeEnvelope({ id: `d${at}`, receivedAt: NOON + at * SECOND, bytes: bytesOf(body) }));
  const prospects = async () =>
    JSON.parse((await stack.run('dlq', 'list', '--json')).stdout).map(({ id, if_redriven }: Values) => [id, if_redriven]);

  beforeEach(async () => {
    await receive(plus('rejected', '2026-10-09T11:00:00Z'), 1);
    // Recorded; not recorded; the state is not written either; of a test user, who is not recorded.
    await dead(plus('rejected', '2026-10-09T11:00:00Z'), 1);
    await dead(plus('approved', '2026-10-09T10:00:00Z'), 2);
    await dead(plus('approved', '2026-10-09T12:00:00Z'), 3);
    await dead(aVerification({ user: 'doctor-1' }), 4);
  });

  test('would record, and is redriven by --would-apply', async () => {
    // Among all, the newest decides about the others.
    expect(await prospects()).toEqual([
      ['d1', 'stale'],
      ['d2', 'would_record'],
      ['d3', 'would_apply'],
      ['d4', 'would_apply'],
    ]);
    expect((await stack.run('dlq', 'redrive', '--would-apply')).stdout).toMatch(/^3 would be sent back[\s\S]* 1 {2}would record/);
    // The command waits until the newest is applied.
    const newest = plus('approved', '2026-10-09T12:00:00Z');
    stack.intercept(async ({ action, body }) => {
      if (action === 'SendMessage' && body.includes('2026-10-09T12:00:00Z')) await receive(newest, 3);
      return undefined;
    });
    expect((await stack.run('dlq', 'redrive', '--would-apply', '--yes')).stdout).toMatch(/^3 of 3 sent back to the queue/);
    expect(await stack.bodies('queue')).toHaveLength(3);
  });

  test('is not dropped without a warning', async () => {
    const warning =
      /1 message is in the table, but not in the history: the record is lost with it\. To record it instead: npm run oncall -- dlq redrive --would-apply --yes --stack-file/;
    expect((await stack.run('dlq', 'drop', '--id', 'd2')).stdout).toMatch(warning);
    expect((await stack.run('dlq', 'drop', '--id', 'd1')).stdout).not.toMatch(warning);
  });

  test('is unknown if the history cannot be read', async () => {
    stack.intercept(({ action, body }) =>
      action === 'BatchGetItem' && body.toString().includes(stack.historyTableName)
        ? awsError(400, 'AccessDeniedException', 'no')
        : undefined,
    );
    expect(await prospects()).toEqual(['d1', 'd2', 'd3', 'd4'].map((id) => [id, 'unknown']));
  });

  test('is like any other if no history is kept', async () => {
    await stack.writeStackFile();
    expect((await prospects())[1]).toEqual(['d2', 'stale']);
  });
});

describe('forget', () => {
  test("deletes a person's records too, and nobody else's", async () => {
    for (const at of [1, 2]) await receive(plus('approved', `2026-10-09T0${at}:00:00Z`), at);
    await receive(aVerification({ user: 'another' }), 3);
    const dry = await stack.run('forget', '42');
    expect(dry.stdout).toMatch(/^Would delete 1 item in the table, 2 records in the history, 0 dead letters,/);
    expect(JSON.parse((await stack.run('forget', '42', '--json')).stdout)).toMatchObject({ items: 1, records: 2 });
    const { status, stdout } = await stack.run('forget', '42', '--yes');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^Deleted: 1 item in the table, 2 records in the history, /)]);
    const left = await stack.items(stack.historyTableName);
    expect(left.map(({ pk }) => pk).sort()).toEqual(['ERASED', 'USER#another']);
    // Who was erased, nobody can read in it.
    expect(left.find(({ pk }) => pk === 'ERASED')).toEqual({
      pk: 'ERASED',
      sk: createHash('sha256').update('user#42').digest('hex'),
      erased_at: expect.any(Number),
      erased_by: 'arn:aws:iam::000000000000:user/oncall',
      completed_at: expect.any(Number),
    });
  });

  test('finds records that have another spelling of the id, and addresses that only the history knows', async () => {
    const id = 'b5c5a2cd-643e-444b-9591-e7b25fec997d';
    await receive(anEmailChange(id.toUpperCase(), 'old@example.com'), 1);
    await receive(anEmailChange(id.toUpperCase(), 'new@example.com'), 2);
    await stack.send('dead', '{"type":"newsletter","data":{"to":"old@example.com"}}');
    const { status, stdout } = await stack.run('forget', id, '--yes');
    expect((await stack.items(stack.historyTableName)).map(({ pk }) => pk)).toEqual(['ERASED']);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/1 dead letter can't be read, or may be about someone else/)]);
  });
});
