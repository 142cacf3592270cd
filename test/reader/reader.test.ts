import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApply } from '../../functions/apply/apply.ts';
import { createHistoryTable } from '../../functions/apply/history-table.ts';
import { createStateTable } from '../../functions/apply/state-table.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { startHistory } from '../../functions/history-start.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { createReader, type Reader } from '../../reader/reader.ts';
import { DYNAMODB_ENGINES } from '../support/engines.ts';
import { anEmailChange, aResult, aVerification, bytesOf } from '../support/notifications.ts';
import { startTable } from '../support/table.ts';

describe.each(DYNAMODB_ENGINES)('the reader, on %s,', (engine) => {
  let table: Awaited<ReturnType<typeof startTable>>;
  let reader: Reader;
  const RECEIVED_AT = Date.parse('2024-06-01T00:00:00Z');
  let receivedAt = RECEIVED_AT;

  /** Applies these bodies. */
  const state = async (...bodies: readonly string[]): Promise<void> => {
    const write = createStateTable(table);
    const apply = createApply({ write, describe: String, now: Date.now });
    const messages = bodies.map((body, index) => ({
      messageId: String(index),
      body: encodeEnvelope({ id: 'any', receivedAt, bytes: bytesOf(body) }),
    }));
    const results = await apply(messages, new AbortController().signal);
    expect(results.map(({ kind }) => kind)).not.toContain('failed');
  };

  beforeAll(async () => {
    table = await startTable(engine);
    reader = createReader({ client: table.client, tableName: table.tableName, consistent: true });
    await state(
      aVerification({ user: 'jon', level: 'basic', timestamp: '2024-05-06T07:08:09Z' }),
      aVerification({ user: 'jon', level: 'plus', status: 'contacted' }),
      anEmailChange('jon', 'jon@example.com'),
      aVerification({ user: 'arya', level: 'basic' }),
      '{"type":"credential_shared","data":{"idos_human_id":"human","credential_id":"c","shared_at":"2024-05-06T07:08:09Z"}}',
    );
  });

  afterAll(() => table.stop());

  test('returns all state of a user, and nothing of others', async () => {
    expect(await reader.user('jon')).toEqual({
      levels: [
        {
          user_id: 'jon',
          level: 'basic',
          status: 'approved',
          timestamp: '2024-05-06T07:08:09Z',
          as_of: Date.parse('2024-05-06T07:08:09Z'),
        },
        expect.objectContaining({ level: 'plus', status: 'contacted' }),
      ],
      email: { user_id: 'jon', email: 'jon@example.com', as_of: RECEIVED_AT },
    });
    expect(await reader.user('nobody')).toEqual({ levels: [], email: undefined });
  });

  test('returns one level, and the credentials of a human', async () => {
    expect(await reader.level('jon', 'plus')).toMatchObject({ status: 'contacted' });
    expect(await reader.level('jon', 'liveness')).toBeUndefined();
    expect(await reader.credentials('human')).toEqual([
      expect.objectContaining({ credential_id: 'c', shared_at: '2024-05-06T07:08:09Z' }),
    ]);
  });

  test.each<[readonly string[], boolean]>([
    [['basic'], true],
    [['basic', 'basic'], true],
    [['plus'], false],
    [['basic', 'plus'], false],
    [['liveness'], false],
    [[], false],
  ])('isApproved for %j returns %s', async (levels, approved) => {
    expect(await reader.isApproved('jon', levels)).toBe(approved);
  });

  test.each<[string, readonly string[], boolean]>([
    ['the joined level itself', ['basic+liveness'], false],
    ['a part that was rejected later', ['basic'], false],
    ['a part that nothing else names', ['liveness'], true],
    ['a joined level of a joined level', ['liveness+idos'], true],
    ['an item of the same time, of which the stricter one counts', ['uniq'], false],
    ['a part that is not joined', ['live'], false],
    ['no part', ['liveness+'], false],
  ])('for each level, the newest item that has it decides: %s', async (_, levels, approved) => {
    await state(
      aVerification({ user: 'sansa', level: 'basic+liveness+idos', timestamp: '2024-04-01T00:00:00Z' }),
      aVerification({ user: 'sansa', level: 'basic', status: 'rejected', timestamp: '2024-05-01T00:00:00Z' }),
      aVerification({ user: 'sansa', level: 'uniq', timestamp: '2024-05-01T00:00:00Z' }),
      aVerification({ user: 'sansa', level: 'plus+uniq', status: 'contacted', timestamp: '2024-05-01T00:00:00Z' }),
    );
    expect(await reader.isApproved('sansa', levels)).toBe(approved);
  });

  test("returns a result of Kraken's as a level, with the note of a rejection", async () => {
    await state(aResult('bran', 'approved'));
    expect(await reader.isApproved('bran', ['kraken'])).toBe(true);
    await state(aResult('bran', 'rejected', 'Document expired'));
    const level = { level: 'kraken', status: 'rejected', note: 'Document expired' };
    expect(await reader.level('bran', 'kraken')).toMatchObject(level);
    expect((await reader.user('bran')).levels).toEqual([expect.objectContaining(level)]);
    await state(aResult('bran', 'approved'));
    expect(await reader.isApproved('bran', ['kraken'])).toBe(false);
  });

  test('reads items as in the examples', async () => {
    const items = ['level', 'email', 'credential'].map((name) => {
      const file = join(import.meta.dirname, `../../reader/items/${name}.example.json`);
      return JSON.parse(readFileSync(file, 'utf8'));
    });
    const [level, email, credential] = items;
    const { user_id: user, timestamp } = level;
    const { pk: _pk, sk: _sk, as_of: _asOf, ...data } = credential;
    receivedAt = email.as_of;
    await state(
      aVerification({ user, level: level.level, timestamp }),
      anEmailChange(user, email.email),
      JSON.stringify({ type: 'credential_shared', data }),
    );
    for (const item of items) {
      const Key = { pk: { S: item.pk }, sk: { S: item.sk } };
      const { Item = {} } = await table.client.send(new GetItemCommand({ TableName: table.tableName, Key }));
      expect(plainItem(Item)).toEqual(item);
    }
  });

  test('reads all pages of a user', async () => {
    const long = (index: number) => `${index}-${'x'.repeat(500)}`;
    const levels = Array.from({ length: 1_100 }, (_, index) => long(index));
    for (let first = 0; first < levels.length; first += 100) {
      await state(...levels.slice(first, first + 100).map((level) => aVerification({ user: 'long', level })));
    }
    expect((await reader.user('long')).levels).toHaveLength(1_100);
  });

  test('does not treat an item in another form as approved', async () => {
    const item = (status: string) => ({ pk: { S: 'USER#odd' }, sk: { S: 'LEVEL#basic' }, status: { S: status } });
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item: item('approved') }));
    expect(await reader.isApproved('odd', ['basic'])).toBe(false);
    expect([await reader.level('odd', 'basic'), await reader.user('odd')]).toEqual([undefined, { levels: [], email: undefined }]);
  });
});

describe.each(DYNAMODB_ENGINES)('the reader of the history, on %s,', (engine) => {
  let table: Awaited<ReturnType<typeof startTable>>;
  let reader: Reader;
  let at = Date.parse('2024-06-01T00:00:00Z');
  const time = (text: string) => new Date(`2024-06-01T${text}Z`);

  const receive = async (body: string): Promise<void> => {
    const { client, historyTableName } = table;
    const record = createHistoryTable({ client, tableName: historyTableName, release: 'any', now: () => at + 5 });
    const apply = createApply({ write: createStateTable(table), record, describe: String, now: () => at });
    const message = { messageId: 'any', body: encodeEnvelope({ id: `id-${at}`, receivedAt: at, bytes: bytesOf(body) }) };
    expect(await apply([message], new AbortController().signal)).not.toContainEqual(expect.objectContaining({ kind: 'failed' }));
    at += 1_000;
  };

  beforeAll(async () => {
    table = await startTable(engine);
    const { client, tableName, historyTableName } = table;
    reader = createReader({ client, tableName, historyTableName, consistent: true });
  });

  afterAll(() => table.stop());

  test('returns each delivery, and what had been received by a time', async () => {
    const approved = aVerification({ user: 'jon', timestamp: '2024-05-06T00:00:00Z' });
    await receive(approved);
    await receive(aVerification({ user: 'jon', status: 'rejected', timestamp: '2024-05-07T00:00:00Z' }));
    await receive(approved);
    await receive(anEmailChange('jon', 'jon@example.com'));
    expect(await reader.history('jon')).toEqual([
      {
        id: expect.stringMatching(/^id-/),
        type: 'verification_approved',
        received_at: time('00:00:00'),
        recorded_at: time('00:00:00.005'),
        body: new Uint8Array(bytesOf(approved)),
        source: 'webhook',
      },
      expect.objectContaining({ type: 'verification_rejected', received_at: time('00:00:01') }),
      expect.objectContaining({ type: 'verification_approved', received_at: time('00:00:02') }),
      expect.objectContaining({ type: 'email_changed', received_at: time('00:00:03') }),
    ]);
    await expect(reader.asOf('jon', time('00:00:02'))).rejects.toThrow(
      'asOf: it is not known since when the history is complete.',
    );
    await startHistory(table.client, table.historyTableName, time('00:00:00').getTime());
    expect(await reader.asOf('jon', time('00:00:00.5'))).toMatchObject({ levels: [{ status: 'approved' }], email: undefined });
    expect(await reader.asOf('jon', time('00:00:02'))).toMatchObject({ levels: [{ status: 'rejected' }], email: undefined });
    expect(await reader.asOf('jon', time('00:00:03'))).toEqual(await reader.user('jon'));
    expect(await reader.asOf('nobody', time('00:00:03'))).toEqual({ levels: [], email: undefined });
  });

  test('refuses a time of which the history does not tell', async () => {
    for (const [wrong, message] of [
      ['2999-01-01T00:00:00Z', 'asOf: the time is in the future, or no time.'],
      ['no time', 'asOf: the time is in the future, or no time.'],
      ['2024-05-31T00:00:00Z', 'asOf: the history is complete since 2024-06-01T00:00:00.000Z.'],
    ] as const) {
      await expect(reader.asOf('jon', new Date(wrong))).rejects.toThrow(new RangeError(message));
    }
  });

  test('needs the name of the table', async () => {
    const { client, tableName } = table;
    const without = createReader({ client, tableName });
    await expect(without.history('jon')).rejects.toThrow('createReader: historyTableName is missing.');
    await expect(without.asOf('jon', new Date())).rejects.toThrow('createReader: historyTableName is missing.');
  });
});

describe.each(DYNAMODB_ENGINES)('isApproved with maxAgeDays, on %s,', (engine) => {
  test('counts no approval that is older, of Kraken by its receipt', async () => {
    const table = await startTable(engine);
    const { client, tableName } = table;
    const reader = createReader({ client, tableName, consistent: true });
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
    const apply = createApply({ write: createStateTable(table), describe: String, now: Date.now });
    const deliver = (body: string, receivedAt = Date.now()) =>
      apply(
        [{ messageId: 'm', body: encodeEnvelope({ id: 'any', receivedAt, bytes: bytesOf(body) }) }],
        new AbortController().signal,
      );
    await deliver(aVerification({ user: 'jon', level: 'basic', timestamp: daysAgo(10).toISOString() }));
    await deliver(aVerification({ user: 'jon', level: 'plus', timestamp: daysAgo(1).toISOString() }));
    await deliver(aResult('jon', 'approved'), daysAgo(10).getTime());
    const good = (levels: string[], maxAgeDays: number) => reader.isApproved('jon', levels, { maxAgeDays });
    expect(await Promise.all([good(['basic'], 11), good(['basic'], 9.5), good(['basic', 'plus'], 9), good(['plus'], 9)])).toEqual(
      [true, false, false, true],
    );
    expect(await Promise.all([good(['kraken'], 11), good(['kraken'], 9)])).toEqual([true, false]);
    for (const wrong of [0, -1, Number.NaN]) await expect(good(['basic'], wrong)).rejects.toThrow(RangeError);
    await table.stop();
  });
});
