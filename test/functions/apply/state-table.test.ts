import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createStateTable } from '../../../functions/apply/state-table.ts';
import { stateOf } from '../../../functions/core/notification.ts';
import { parseNotification } from '../../../functions/core/parse-notification.ts';
import type { State } from '../../../functions/core/state.ts';
import { DYNAMODB_ENGINES } from '../../support/engines.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';
import { startTable } from '../../support/table.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');

const state = (body: string, receivedAt = NOW): State => {
  const reading = parseNotification(bytesOf(body), NOW);
  if (reading.kind === 'not_understood') throw new Error(reading.reason);
  return stateOf(reading.notification, { id: 'id', receivedAt });
};

describe.each(DYNAMODB_ENGINES)('the table, on %s,', (engine) => {
  let table: Awaited<ReturnType<typeof startTable>>;
  let write: ReturnType<typeof createStateTable>;

  beforeAll(async () => {
    table = await startTable(engine);
    write = createStateTable(table);
  });

  afterAll(() => table.stop());

  const outcomes = async (...states: State[]) => {
    const all: string[] = [];
    for (const one of states) {
      const { outcome, contested } = await write(one);
      expect(contested).toBe(false);
      all.push(outcome);
    }
    return all;
  };

  const item = async ({ key }: State) => (await table.items(key.pk)).find(({ sk }) => sk === key.sk);

  test.each(Object.entries(DOCUMENTED.payloads).filter(([type]) => !/contacted|rejected|kraken/.test(type)))(
    'stores the documented %s with plain values and a numeric as_of',
    async (_, body) => {
      const wanted = state(body);
      expect(await outcomes(wanted)).toEqual(['applied']);
      expect(await item(wanted)).toEqual({ ...wanted.key, ...wanted.attributes, as_of: wanted.asOf });
    },
  );

  test('accepts a newer state, but not an older or an equal one', async () => {
    const user = randomUUID();
    const older = state(aVerification({ user, timestamp: '2024-05-01T00:00:00Z' }));
    const newer = state(aVerification({ user, status: 'rejected', timestamp: '2024-05-02T00:00:00Z' }));
    expect(await outcomes(older, newer, older, newer)).toEqual(['applied', 'applied', 'stale', 'duplicate']);
    expect(await item(newer)).toMatchObject({ status: 'rejected', timestamp: '2024-05-02T00:00:00Z' });
  });

  test('compares times as numbers, also before 1970', async () => {
    const user = randomUUID();
    const [before, half, offset] = ['1969-12-31T23:59:59Z', '2024-05-01T00:00:00.500Z', '2024-05-01T01:00:01+01:00'].map(
      (timestamp) => state(aVerification({ user, timestamp })),
    ) as [State, State, State];
    const whole = state(aVerification({ user, timestamp: '2024-05-01T00:00:00Z' }));
    expect(await outcomes(before, half, whole, offset)).toEqual(['applied', 'applied', 'stale', 'applied']);
  });

  test.each([
    [
      ['approved', 'contacted', 'rejected'],
      ['applied', 'applied', 'applied'],
    ],
    [
      ['rejected', 'contacted', 'approved'],
      ['applied', 'stale', 'stale'],
    ],
    [
      ['contacted', 'approved', 'rejected'],
      ['applied', 'stale', 'applied'],
    ],
  ] as const)('ends with the strictest status if one second has %j', async (statuses, expected) => {
    const user = randomUUID();
    const states = statuses.map((status) => state(aVerification({ user, status })));
    expect(await outcomes(...states)).toEqual(expected);
    expect(await item(states[0] as State)).toMatchObject({ status: 'rejected' });
  });

  // dynalite compares strings by UTF-16 code units.
  if (engine === 'amazon') {
    test('orders two addresses of the same millisecond as the core does', async () => {
      const user = randomUUID();
      const lower = state(anEmailChange(user, '\uFB00@example.com'));
      const higher = state(anEmailChange(user, '😀@example.com'));
      expect(await outcomes(lower, higher, lower)).toEqual(['applied', 'applied', 'stale']);
    });
  }

  test('keeps attributes that a team has added to an item', async () => {
    const user = randomUUID();
    const first = state(aVerification({ user, timestamp: '2024-05-01T00:00:00Z' }));
    await outcomes(first);
    const Key = { pk: { S: first.key.pk }, sk: { S: first.key.sk } };
    const note = { UpdateExpression: 'SET note = :note', ExpressionAttributeValues: { ':note': { S: 'seen' } } };
    await table.client.send(new UpdateItemCommand({ TableName: table.tableName, Key, ...note }));
    await outcomes(state(aVerification({ user, status: 'rejected' })));
    expect(await item(first)).toMatchObject({ note: 'seen', status: 'rejected' });
  });

  const put = async (one: State, attributes: Record<string, AttributeValue>) => {
    const Item = { pk: { S: one.key.pk }, sk: { S: one.key.sk }, ...attributes };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
  };

  test.each<[string, (user: string) => State]>([
    ['a status', (user) => state(aVerification({ user, status: 'rejected' }))],
    ['an address', (user) => state(anEmailChange(user))],
  ])('writes %s into an item that a team created', async (_, of) => {
    const wanted = of(randomUUID());
    await put(wanted, { note: { S: 'ours' }, tags: { SS: ['a'] } });
    expect(await outcomes(wanted, wanted)).toEqual(['applied', 'duplicate']);
    expect(await item(wanted)).toMatchObject({ note: 'ours', ...wanted.attributes, as_of: wanted.asOf });
  });

  test('writes into an item with the same time but without the tie-break attribute', async () => {
    const wanted = state(aVerification());
    await put(wanted, { as_of: { N: String(wanted.asOf) } });
    expect(await outcomes(wanted)).toEqual(['applied']);
    expect(await item(wanted)).toMatchObject(wanted.attributes);
  });

  test.each<[string, Record<string, AttributeValue>, string]>([
    ['a text', { as_of: { S: '2024-05-06T07:08:09Z' } }, 'the as_of of the item is not a number'],
    ['a number as text', { as_of: { S: '1' } }, 'the as_of of the item is not a number'],
    ['nothing', { as_of: { NULL: true } }, 'the as_of of the item is not a number'],
    [
      'equal, with a rank that is text',
      { as_of: { N: '1714979289000' }, status_rank: { S: '1' } },
      'the status_rank of the item is not a number',
    ],
  ])('throws an error with the reason if the time of the item is %s', async (_, attributes, message) => {
    const wanted = state(aVerification({ timestamp: '2024-05-06T07:08:09Z' }));
    await put(wanted, attributes);
    await expect(write(wanted)).rejects.toMatchObject({ name: 'Problem', message });
    expect(await item(wanted)).not.toHaveProperty('status');
  });

  test('accepts keys of the maximum length and with any text', async () => {
    const user = '😀#/ é'.padEnd(500, 'x');
    expect(await outcomes(state(aVerification({ user, level: 'l'.repeat(512) })))).toEqual(['applied']);
  });

  test('ends with the same item if the same ten arrive at once', async () => {
    const user = randomUUID();
    const all = Array.from({ length: 10 }, (_, second) =>
      state(aVerification({ user, timestamp: `2024-05-01T00:00:0${second}Z` })),
    );
    await Promise.all(all.map((one) => write(one)));
    expect(await item(all[0] as State)).toMatchObject({ timestamp: '2024-05-01T00:00:09Z' });
  });

  // A real table does not: it compares as the core does, and returns the item.
  test('does not guess what became of a write that a table refused without a reason', async () => {
    const refusing = (Item?: ConditionalCheckFailedException['Item']) =>
      createStateTable({
        tableName: table.tableName,
        client: {
          send: async () => {
            throw new ConditionalCheckFailedException({ message: 'no', $metadata: {}, ...(Item && { Item }) });
          },
        } as unknown as typeof table.client,
      })(state(aVerification()));
    await expect(refusing({ as_of: { N: '1' } })).rejects.toThrow('the condition failed although the item is not newer');
    expect(await refusing()).toEqual({ outcome: 'stale', contested: false });
  });

  test('throws other errors of DynamoDB', async () => {
    const missing = createStateTable({ ...table, tableName: 'missing' });
    await expect(missing(state(aVerification()))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
