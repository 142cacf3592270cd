import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createStateTable } from '../../../functions/apply/state-table.ts';
import { stateOf } from '../../../functions/core/notification.ts';
import { parseNotification } from '../../../functions/core/parse-notification.ts';
import type { Decision } from '../../../functions/core/receipt.ts';
import { itemAfter, predictOutcome, type State, type StoredItem } from '../../../functions/core/state.ts';
import { DYNAMODB_ENGINES } from '../../support/engines.ts';
import { aResult, bytesOf } from '../../support/notifications.ts';
import { startTable } from '../../support/table.ts';

const NOON = Date.parse('2026-10-09T12:00:00Z');

const state = (user: string, status: string, at: number, more: { note?: string; decision?: Decision } = {}): State => {
  const parsed = parseNotification(bytesOf(aResult(user, status, more.note)), NOON);
  if (parsed.kind !== 'understood') throw new Error(parsed.reason);
  return stateOf(parsed.notification, { id: `${status}${at}`, receivedAt: NOON + at, decision: more.decision });
};

const DECISION: Decision = { asOf: NOON + 1, statusRank: 3.5, by: 'me', why: 'asked' };

describe.each(DYNAMODB_ENGINES)("Kraken's results in the table, on %s,", (engine) => {
  let table: Awaited<ReturnType<typeof startTable>>;
  let write: ReturnType<typeof createStateTable>;

  beforeAll(async () => {
    table = await startTable(engine);
    write = createStateTable(table);
  });

  afterAll(() => table.stop());

  const itemOf = async (user: string): Promise<StoredItem | undefined> => (await table.items(`USER#${user}`))[0] as StoredItem;

  /** Writes these states one after the other, and compares each outcome and item with the core's prediction. */
  const writing = async (user: string, ...states: State[]) => {
    const outcomes: string[] = [];
    let predicted: StoredItem | undefined;
    for (const one of states) {
      const expected = predictOutcome(one, predicted);
      predicted = one.asksNothing ? predicted : itemAfter(one, predicted);
      const { outcome, contested } = await write(one);
      expect(outcome).toBe(expected);
      expect(await itemOf(user)).toEqual(predicted && { ...one.key, ...predicted });
      outcomes.push(contested && outcome !== 'contested' ? `${outcome}, contested` : outcome);
    }
    return outcomes;
  };

  test('an approval after a rejection is contested, until somebody decides', async () => {
    const user = randomUUID();
    const outcomes = await writing(
      user,
      state(user, 'approved', 0),
      state(user, 'rejected', 1, { note: 'Document expired' }),
      state(user, 'approved', 2),
      state(user, 'pending', 3),
      state(user, 'approved', 4, { decision: DECISION }),
      state(user, 'approved', 2),
    );
    expect(outcomes).toEqual(['applied', 'applied', 'contested', 'unchanged', 'applied', 'stale']);
    expect(await itemOf(user)).toMatchObject({ status: 'approved', decided_by: 'me', decided_why: 'asked' });
    expect(await itemOf(user)).not.toHaveProperty('note');
  });

  test('repetitions move the time of receipt alone; the same message again is a duplicate', async () => {
    const user = randomUUID();
    const [first, again] = [state(user, 'approved', 0), state(user, 'approved', 5)];
    expect(await writing(user, first, again, again, first)).toEqual(['applied', 'applied', 'duplicate', 'stale']);
    expect(await itemOf(user)).toMatchObject({ as_of: 0, timestamp: '2026-10-09T12:00:00.005Z', approval_received_at: NOON + 5 });
  });

  test('a rejection that is applied after a later approval is contested at once', async () => {
    const user = randomUUID();
    const outcomes = await writing(user, state(user, 'approved', 2), state(user, 'rejected', 1));
    expect(outcomes).toEqual(['applied', 'applied, contested']);
  });

  test('the note of a rejection goes with the next result that has none, and attributes of a team stay', async () => {
    const user = randomUUID();
    const rejected = state(user, 'rejected', 1, { note: 'Document expired' });
    await write(rejected);
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: { pk: { S: rejected.key.pk }, sk: { S: rejected.key.sk } },
        UpdateExpression: 'SET flag = :flag',
        ExpressionAttributeValues: { ':flag': { S: 'ours' } },
      }),
    );
    await write(state(user, 'rejected', 2));
    expect(await itemOf(user)).toMatchObject({ status: 'rejected', flag: 'ours' });
    expect(await itemOf(user)).not.toHaveProperty('note');
  });

  test('of a batch, the times of those that were not written are recorded too', async () => {
    const user = randomUUID();
    const { outcome, contested } = await write(state(user, 'rejected', 4), [
      state(user, 'approved', 3),
      state(user, 'rejected', 2),
      state(user, 'approved', 1),
      state(user, 'pending', 9),
    ]);
    expect([outcome, contested]).toEqual(['applied', true]);
    expect(await itemOf(user)).toMatchObject({ approval_received_at: NOON + 3, rejection_received_at: NOON + 2 });
  });

  test('a result is one write, and a second only if the time of its receipt is missing', async () => {
    const user = randomUUID();
    let writes = 0;
    const counting = createStateTable({
      tableName: table.tableName,
      client: {
        send: (command: UpdateItemCommand) => {
          writes += 1;
          return table.client.send(command);
        },
      } as unknown as typeof table.client,
    });
    const counts: number[] = [];
    for (const one of [
      state(user, 'approved', 1),
      state(user, 'rejected', 2),
      state(user, 'rejected', 2),
      state(user, 'approved', 1),
    ]) {
      writes = 0;
      await counting(one);
      counts.push(writes);
    }
    expect(counts).toEqual([1, 1, 1, 1]);
    writes = 0;
    await counting(state(user, 'approved', 3));
    expect(writes).toBe(2);
  });

  test('an item that was deleted in the meantime does not come back without a state', async () => {
    const user = randomUUID();
    const rejected = state(user, 'rejected', 1);
    await write(rejected);
    const key = { pk: { S: rejected.key.pk }, sk: { S: rejected.key.sk } };
    const failing = createStateTable({
      tableName: table.tableName,
      client: {
        send: async (command: UpdateItemCommand) => {
          // Between the two writes of an approval that is not applied.
          if (command.input.UpdateExpression === 'SET #mark = :mark')
            await table.client.send(new DeleteItemCommand({ TableName: table.tableName, Key: key }));
          return table.client.send(command);
        },
      } as unknown as typeof table.client,
    });
    await expect(failing(state(user, 'approved', 2))).rejects.toThrow('the item was deleted in the meantime');
    expect(await itemOf(user)).toBeUndefined();
  });
});
