import { ConditionalCheckFailedException, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { ownerOf } from '../../functions/core/facets.ts';
import { holdKeyOf, standsUntil } from '../../functions/core/hold.ts';
import { type NamedId, normalId } from '../../functions/core/person-id.ts';
import { identityOf, type StoredItem } from '../../functions/core/state.ts';
import { visible } from '../../functions/words/visible.ts';
import { callerOf } from '../caller.ts';
import { CannotRunError } from '../failure.ts';
import { allHolds, changeHold } from '../hold/holds.ts';
import type { Person } from '../person/person.ts';
import { dynamodbOf, stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

/** An erasure that runs. */
export interface Lock {
  /** Whether it goes on with a run that has ended early, and may have deleted something. */
  readonly isResumed: boolean;
  /** @throws CannotRunError if another run has taken over */
  check(): Promise<void>;
  /** Ends the lock, with what is left of former holds: the person is erased. */
  erased(): Promise<void>;
  /** Ends the lock as if the erasure had never been requested: nothing was deleted. */
  withdrawn(): Promise<void>;
}

/** The hold that stands on the data of a person, whatever the spelling of their ids. */
export const standingHold = async (target: Target, person: Pick<Person, 'users' | 'humans'>): Promise<StoredItem | undefined> => {
  const [users, humans] = [person.users, person.humans].map((ids) => new Set(ids.map(normalId))) as [Set<string>, Set<string>];
  const now = Date.now();
  return (await allHolds(target)).find(
    (item) =>
      standsUntil(item, now) !== undefined &&
      (users.has(normalId(userOf(item))) || (typeof item.hold_human === 'string' && humans.has(normalId(item.hold_human)))),
  );
};

/** The user whose hold an item is. */
export const userOf = ({ pk }: StoredItem): string => ownerOf(String(pk))?.id ?? '';

/** Records with a hold that it has refused an erasure. */
export const recordRefusal = async (target: Target, hold: StoredItem, human: string | undefined): Promise<void> => {
  const set = { erasure_refused_at: Date.now(), erasure_refused_by: await callerOf(target) };
  await changeHold(target, holdKeyOf(userOf(hold)), {
    set: { ...set, ...(human !== undefined && { erasure_human: human }) },
    only: { if: 'attribute_exists(#hold_until)', attributes: ['hold_until'] },
  });
};

/**
 * Locks users for an erasure: until it has finished, no hold can be placed on them. Takes over from another run, which may have been
 * killed; if it still runs, it ends at its next check.
 *
 * @throws CannotRunError if a hold was placed at this moment
 */
export const lock = async (target: Target, users: readonly string[], human: string | undefined): Promise<Lock> => {
  const now = Date.now();
  const before = await stateReaderOf(target).many(users.map(holdKeyOf));
  const locked: string[] = [];
  const own = { if: '#erasing = :mine', attributes: ['erasing'], values: { mine: now } };
  const withdrawn = async (): Promise<void> => {
    for (const user of locked)
      await changeHold(target, holdKeyOf(user), { set: {}, remove: ['erasing', 'erasure_human'], only: own });
  };

  for (const user of users) {
    const isLocked = await changeHold(target, holdKeyOf(user), {
      set: { erasing: now, ...(human !== undefined && { erasure_human: human }) },
      only: { if: 'attribute_not_exists(#hold_until) OR #hold_until <= :now', attributes: ['hold_until'], values: { now } },
    });
    if (!isLocked) {
      await withdrawn();
      throw new CannotRunError(`A hold was just placed on the data of user ${visible(user)}. Nothing was deleted.`);
    }
    locked.push(user);
  }
  return {
    isResumed: [...before.values()].some(({ erasing }) => typeof erasing === 'number'),
    check: async () => {
      const items = await stateReaderOf(target).many(locked.map(holdKeyOf));
      const isMine = locked.every((user) => items.get(identityOf({ key: holdKeyOf(user) }))?.erasing === now);
      if (!isMine) throw new CannotRunError('Another erasure of the same person has taken over, or this one was withdrawn.');
    },
    erased: async () => {
      for (const user of locked) await deleteOwn(target, user, now);
    },
    withdrawn,
  };
};

const deleteOwn = async ({ client, tableName }: Target, user: string, mine: number): Promise<void> => {
  const { pk, sk } = holdKeyOf(user);
  try {
    await dynamodbOf({ client }).send(
      new DeleteItemCommand({
        TableName: tableName,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ConditionExpression: 'erasing = :mine',
        ExpressionAttributeValues: { ':mine': { N: String(mine) } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

/** The ids of the person whom an erasure is about. */
export const idsOf = (hold: StoredItem): NamedId[] => [
  { kind: 'user', id: userOf(hold) },
  ...(typeof hold.erasure_human === 'string' ? [{ kind: 'human' as const, id: hold.erasure_human }] : []),
];

/** Withdraws the erasure of a user that has not finished, or that a hold has refused. @returns whether there was one */
export const withdraw = (target: Target, user: string): Promise<boolean> =>
  changeHold(target, holdKeyOf(user), {
    set: {},
    remove: ['erasing', 'erasure_human', 'erasure_refused_at', 'erasure_refused_by'],
    only: { if: 'attribute_exists(#erasing) OR attribute_exists(#erasure_refused_at)', attributes: [] },
  });
