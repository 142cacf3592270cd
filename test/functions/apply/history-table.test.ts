import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHistoryTable } from '../../../functions/apply/history-table.ts';
import { historyStart, startHistory, startHistoryIfEmpty } from '../../../functions/history-start.ts';
import { DYNAMODB_ENGINES } from '../../support/engines.ts';
import { startTable } from '../../support/table.ts';

describe.each(DYNAMODB_ENGINES)('the history, on %s,', (engine) => {
  let table: Awaited<ReturnType<typeof startTable>>;
  let now = 1_000;

  beforeAll(async () => {
    table = await startTable(engine);
  });

  afterAll(() => table.stop());

  const recording = (tableName = table.historyTableName) =>
    createHistoryTable({ client: table.client, tableName, release: '1.2.0', now: () => now });
  const recordsOf = (pk: string) => table.items(pk, table.historyTableName);
  const keyOf = (pk: string) => ({ pk: { S: pk }, sk: { S: 'LEVEL#plus' } });
  const one = (pk: string, status: string, isKept = true) => ({
    key: { pk, sk: 'LEVEL#plus#t#id' },
    attributes: { status, as_of: 5 },
    isKept,
  });

  test('has a record with its time and release, which stays as it is when it comes again', async () => {
    await recording()(one('USER#a', 'approved'));
    now += 1;
    await recording()(one('USER#a', 'rejected'));
    expect(await recordsOf('USER#a')).toEqual([
      { pk: 'USER#a', sk: 'LEVEL#plus#t#id', status: 'approved', as_of: 5, recorded_at: 1_000, release: '1.2.0' },
    ]);
  });

  test('has no record of what is not kept', async () => {
    await recording()(one('USER#b', 'approved', false));
    expect(await recordsOf('USER#b')).toEqual([]);
  });

  test('that cannot be written is a failure', async () => {
    await expect(recording('none')(one('USER#c', 'approved'))).rejects.toThrow();
    await expect(recording('none')(one('USER#c', 'approved', false))).rejects.toThrow();
  });

  test('starts once, and only while the table is empty', async () => {
    const { client, tableName, historyTableName } = table;
    expect(await historyStart(client, historyTableName)).toBeUndefined();
    await client.send(new PutItemCommand({ TableName: tableName, Item: keyOf('USER#a') }));
    await startHistoryIfEmpty(client, tableName, historyTableName, 7);
    expect(await historyStart(client, historyTableName)).toBeUndefined();
    await client.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf('USER#a') }));
    await client.send(new PutItemCommand({ TableName: tableName, Item: keyOf('USER#fractal-webhooks-check') }));
    await startHistoryIfEmpty(client, tableName, historyTableName, 8);
    await startHistory(client, historyTableName, 9);
    expect(await historyStart(client, historyTableName)).toBe(8);
    await expect(startHistory(client, 'none', 9)).rejects.toThrow();
  });
});
