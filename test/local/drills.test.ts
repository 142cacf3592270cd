import { randomUUID } from 'node:crypto';
import { type AttributeValue, DeleteItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aResult, aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let tables: { readonly states: string; readonly history: string };

beforeAll(async () => {
  stack = await runStack();
  tables = { states: stack.tableName, history: stack.outputs.HistoryTableName as string };
});

afterAll(() => stack.stop());

const run = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile]);

type Items = readonly Record<string, AttributeValue>[];

const itemsIn = async (TableName: string): Promise<Items> => {
  const all = [];
  for await (const { Items = [] } of paginateScan({ client: stack.dynamodb }, { TableName })) all.push(...Items);
  return all.sort((a, b) => (`${a.pk?.S} ${a.sk?.S}` < `${b.pk?.S} ${b.sk?.S}` ? -1 : 1));
};
const put = async (TableName: string, items: Items) => {
  for (const Item of items) await stack.dynamodb.send(new PutItemCommand({ TableName, Item }));
};
const empty = async (TableName: string) => {
  for (const { pk, sk } of await itemsIn(TableName)) {
    await stack.dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk, sk } as Record<string, AttributeValue> }));
  }
};

/** Delivers six kinds of notification about a user, in an order that contradicts their times, and waits until all are recorded. */
const live = async (user: string): Promise<void> => {
  const bodies = [
    aVerification({ user, level: 'plus', status: 'rejected', timestamp: '2024-05-02T00:00:00Z' }),
    aVerification({ user, level: 'plus', timestamp: '2024-05-01T00:00:00Z' }),
    aVerification({ user, level: 'basic', status: 'contacted', timestamp: '2024-05-01T00:00:00Z' }),
    anEmailChange(user, 'old@example.com'),
    anEmailChange(user, 'new@example.com'),
    aResult(user, 'rejected', 'expired'),
    aResult(user, 'approved'),
    JSON.stringify({
      type: 'credential_shared',
      data: { idos_human_id: user, credential_id: 'c', shared_at: '2024-05-01T00:00:00Z' },
    }),
  ];
  for (const body of bodies) await stack.deliver(body);
  await eventually(async () => {
    const records = (await itemsIn(tables.history)).filter(({ pk }) => pk?.S?.endsWith(user));
    expect([records.length, await stack.queueDepth()]).toEqual([bodies.length, 0]);
  });
};

describe('a disaster drill on the local stack', () => {
  test('rebuilds an empty table from the history: the same items, and no new records', async () => {
    const users = [randomUUID(), randomUUID()];
    for (const user of users) await live(user);
    await run('accept', users[0] as string, '--why', 'asked Kraken', '--yes');
    const [states, history] = await Promise.all([itemsIn(tables.states), itemsIn(tables.history)]);
    await empty(tables.states);
    expect((await run('history', 'verify')).status).toBe(1);
    const rebuilt = await run('history', 'rebuild', '--yes');
    expect([rebuilt.status, rebuilt.stderr]).toEqual([0, '']);
    expect(rebuilt.stdout).toMatch(new RegExp(`^${states.length} items rebuilt from \\d+ deliveries\\.\n$`));
    expect(await itemsIn(tables.states)).toEqual(states);
    expect(await itemsIn(tables.history)).toEqual(history);
    expect((await run('history', 'verify')).status).toBe(0);
  });

  test('restores both tables, and erases again who was erased since', async () => {
    const [erased, other] = [randomUUID(), randomUUID()];
    await live(erased);
    await live(other);
    const [states, history] = await Promise.all([itemsIn(tables.states), itemsIn(tables.history)]);
    const forgotten = await run('forget', erased, '--human', erased, '--yes');
    expect([forgotten.status, forgotten.stderr]).toEqual([0, '']);
    // The backup is older than the erasure. The ledger is in the table that was in use until now.
    const ledger = (await itemsIn(tables.history)).filter(({ pk }) => pk?.S === 'ERASED');
    expect(ledger).toHaveLength(2);
    await put(tables.states, states);
    await put(tables.history, history);
    const again = await run('forget', '--again', '--yes');
    expect([again.status, again.stdout]).toEqual([0, expect.stringMatching(/^Deleted: 5 items, 8 records and 0 dead letters /)]);
    const all = JSON.stringify([await itemsIn(tables.states), await itemsIn(tables.history)]);
    expect([all.includes(erased), all.includes(other)]).toEqual([false, true]);
    expect((await run('history', 'verify')).status).toBe(0);
    expect((await run('forget', '--due', '--yes')).stdout).toMatch(/\nDeleted: 0 items, 0 records and 0 dead letters /);
  });

  test('a new stack tells what was known at any time since its start', async () => {
    const user = randomUUID();
    const before = new Date().toISOString();
    await live(user);
    const at = async (time: string) => run('status', user, '--as-of', time);
    expect((await at(before)).stdout).toMatch(/^Nothing about user /);
    expect((await at(new Date().toISOString())).stdout).toMatch(/plus +rejected/);
    expect((await at('2024-05-01')).stderr).toMatch(/^error: The history is complete since /);
    const exported = await run('export', '--level', 'plus', '--status', 'rejected', '--as-of', new Date().toISOString());
    expect([exported.status, exported.stdout]).toEqual([
      0,
      expect.stringContaining(`${user},plus,rejected,2024-05-02T00:00:00Z\n`),
    ]);
  });
});
