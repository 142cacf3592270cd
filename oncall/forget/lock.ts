import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ownerOf } from '../../functions/core/facets.ts';
import { holdKeyOf, standsUntil } from '../../functions/core/hold.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { callerOf } from '../caller.ts';
import { changeHold } from '../hold/holds.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

/** The users among these partitions. */
const usersIn = (partitions: Iterable<string>): string[] =>
  [...partitions].flatMap((pk) => {
    const owner = ownerOf(pk);
    return owner?.kind === 'user' ? [owner.id] : [];
  });

/** The hold that stands on one of these partitions. */
export const standingHold = async (target: Target, partitions: Iterable<string>): Promise<StoredItem | undefined> => {
  const items = await stateReaderOf(target).many(usersIn(partitions).map(holdKeyOf));
  return [...items.values()].find((item) => standsUntil(item, Date.now()) !== undefined);
};

/**
 * Locks these partitions for an erasure: until it has finished, no hold can be placed.
 *
 * @returns the hold that refuses the erasure, which is recorded with it; then nothing is locked
 */
export const lock = async (
  target: Target,
  partitions: Iterable<string>,
  human: string | undefined,
): Promise<StoredItem | undefined> => {
  const locked: string[] = [];
  const now = Date.now();
  const standing = await standingHold(target, partitions);
  // The one that refuses is first, so that no other is locked.
  for (const user of usersIn([...(standing ? [String(standing.pk)] : []), ...partitions])) {
    const isLocked = await changeHold(target, holdKeyOf(user), {
      set: { erasing: now },
      only: { if: 'attribute_not_exists(#hold_until) OR #hold_until <= :now', attributes: ['hold_until'], values: { now } },
    });
    if (isLocked) {
      locked.push(user);
      continue;
    }
    for (const one of locked) {
      await changeHold(target, holdKeyOf(one), {
        set: {},
        remove: ['erasing'],
        only: { if: 'attribute_exists(#erasing)', attributes: [] },
      });
    }
    await changeHold(target, holdKeyOf(user), {
      set: {
        erasure_refused_at: now,
        erasure_refused_by: await callerOf(target),
        ...(human !== undefined && { erasure_human: human }),
      },
      only: { if: 'attribute_exists(#hold_until)', attributes: ['hold_until'] },
    });
    return stateReaderOf(target).one(holdKeyOf(user));
  }
  return undefined;
};

/** Ends the lock, with what is left of former holds. */
export const unlock = async ({ client, tableName }: Target, partitions: Iterable<string>): Promise<void> => {
  const dynamodb = new DynamoDBClient(client);
  for (const user of usersIn(partitions)) {
    const { pk, sk } = holdKeyOf(user);
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } } }));
  }
};
