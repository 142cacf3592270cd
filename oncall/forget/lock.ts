import { ConditionalCheckFailedException, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { ownerOf } from '../../functions/core/facets.ts';
import { holdKeyOf, standsUntil } from '../../functions/core/hold.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { visible } from '../../functions/words/visible.ts';
import { callerOf } from '../caller.ts';
import { CannotRunError } from '../failure.ts';
import { allHolds, changeHold } from '../hold/holds.ts';
import { type NamedId, normalId, type Person } from '../person/person.ts';
import { dynamodbOf, stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

/** For how long nobody else starts an erasure of the same person, unless this one ends before. */
const LEASE_MS = 3_600_000;

/** An erasure that runs. */
export interface Lock {
  /** Ends the lock, with what is left of former holds: the person is erased. */
  erased(): Promise<void>;
  /** Lets another run go on. @param begun whether something was deleted; otherwise, it is as if the erasure had never been requested */
  interrupted(begun: boolean): Promise<void>;
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
 * Locks users for an erasure: until it has finished, no hold can be placed on them.
 *
 * @throws CannotRunError if another erasure of one of them runs, or a hold was placed at this moment
 */
export const lock = async (target: Target, users: readonly string[], human: string | undefined): Promise<Lock> => {
  const now = Date.now();
  const locked: string[] = [];
  const set = { erasing: now, erasing_until: now + LEASE_MS, ...(human !== undefined && { erasure_human: human }) };
  const own = { if: '#erasing = :mine', attributes: ['erasing'], values: { mine: now } };
  const forEach = async (change: (user: string) => Promise<unknown>): Promise<void> => {
    for (const user of locked) await change(user);
  };
  const forgetLock = (user: string) =>
    changeHold(target, holdKeyOf(user), { set: {}, remove: ['erasing', 'erasing_until', 'erasure_human'], only: own });

  for (const user of users) {
    const isLocked = await changeHold(target, holdKeyOf(user), {
      set,
      only: {
        if: '(attribute_not_exists(#hold_until) OR #hold_until <= :now) AND (attribute_not_exists(#erasing_until) OR #erasing_until <= :now)',
        attributes: ['hold_until'],
        values: { now },
      },
    });
    if (isLocked) {
      locked.push(user);
      continue;
    }
    await forEach(forgetLock);
    const { erasing, erasing_until: until } = (await stateReaderOf(target).one(holdKeyOf(user))) ?? {};
    throw new CannotRunError(
      typeof erasing === 'number'
        ? `An erasure of user ${visible(user)} runs since ${formatInstant(erasing)}. Repeat the command when it has ended, at the latest ${formatInstant(Number(until))}.`
        : `A hold was just placed on the data of user ${visible(user)}. Nothing was deleted.`,
    );
  }
  return {
    erased: () => forEach((user) => deleteOwn(target, user, now)),
    interrupted: (begun) =>
      forEach((user) =>
        begun ? changeHold(target, holdKeyOf(user), { set: { erasing_until: 0 }, only: own }) : forgetLock(user),
      ),
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
    remove: ['erasing', 'erasing_until', 'erasure_human', 'erasure_refused_at', 'erasure_refused_by'],
    only: { if: 'attribute_exists(#erasing) OR attribute_exists(#erasure_refused_at)', attributes: [] },
  });
