import { ConditionalCheckFailedException, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { type Key, ownerOf, userPartition } from '../../functions/core/facets.ts';
import { HOLDS, isHold, standsUntil } from '../../functions/core/hold.ts';
import { fold } from '../../functions/core/record.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { erasedAt, hashOf, type Ledger } from '../../functions/erasure.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { attributeOf } from '../../functions/plain-item.ts';
import { count } from '../../functions/words/count.ts';
import { applyThroughQueue } from '../apply-through-queue.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { missingIn } from '../history/missing.ts';
import { historyTableOf, recordsUnder } from '../history/records.ts';
import { isLedTo, isState } from '../history/verify.ts';
import { allHolds } from '../hold/holds.ts';
import { partitionsOf } from '../partitions.ts';
import { printJson } from '../print-json.ts';
import { dynamodbOf, stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { idsIn, isFromBeforeErasure } from './before-erasure.ts';
import { userOf } from './lock.ts';
import { deleteRecords } from './records.ts';
import { type Swept, sweep } from './sweep-queue.ts';

const AT_ONCE = 20;

export interface AgainOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** What the tables have of an erased person from before the erasure. */
interface Leftover {
  /** States to which nothing leads that was received since. */
  readonly items: readonly StoredItem[];
  readonly records: readonly StoredItem[];
  /** Items that are no states: they have no time, so they can be newer. */
  readonly own: number;
}

/**
 * Erases what a restore brought back, or a late message, of the persons in a ledger. What was received of them after their erasure
 * stays, and is applied again where it is missing. Without `yes`, it only counts.
 *
 * @returns the exit status: 1 if a hold stands, or something may be left
 */
export const eraseAgain = async (target: Target, ledger: Ledger, { yes, json }: AgainOptions): Promise<number> => {
  const interrupted = new AbortController();
  const { signal: stopping } = interrupted;
  using _ = finishFirst('the current person is erased', () => interrupted.abort(new CannotRunError('Interrupted.')));
  const found = { persons: 0, items: 0, records: 0, dead_letters: 0, held: 0, own: 0 };
  const held = await heldHashes(target);
  const isHeld = (pk: string): boolean => {
    const owner = ownerOf(pk);
    return owner !== undefined && held.has(hashOf(owner));
  };
  const partitions = ledger.size === 0 ? [] : await partitionsIn(target, ledger, stopping);
  await mapConcurrent(AT_ONCE, partitions, async (pk) => {
    stopping.throwIfAborted();
    const { items, records, own } = await leftoverIn(target, ledger, pk);
    found.own += own;
    if (items.length + records.length > 0) found.persons += 1;
    if (isHeld(pk)) {
      if (items.length + records.length > 0) found.held += 1;
      return;
    }
    found.items += items.length;
    found.records += records.length;
    if (!yes) return;
    const keys = records.map(({ sk }) => ({ pk, sk: String(sk) }));
    await deleteRecords(target, historyTableOf(target), keys);
    for (const item of items) await deleteAsRead(target, item);
    await applyThroughQueue(
      target,
      missingIn(await stateReaderOf(target).under(pk), await recordsSince(target, ledger, pk)),
      () => {},
    );
  });
  const notes = await notesOfHoldsIn(target, ledger, held);
  found.records += notes.length;
  if (yes) await deleteRecords(target, historyTableOf(target), notes);
  const letters: Swept = { own: [], perhaps: [], unread: 0 };
  const mentionIn = (message: string) =>
    isFromBeforeErasure(ledger, message) && !idsIn(message).some((one) => held.has(hashOf(one))) ? 'own' : 'no';
  await sweep(target, letters, { queueUrl: target.deadLetterQueueUrl, remove: yes, stopping, mentionIn });
  found.dead_letters = letters.own.length;

  if (json) printJson({ dry_run: !yes, erased: ledger.size, ...found });
  else {
    const what = `${count(found.items, 'item')}, ${count(found.records, 'record')} and ${count(found.dead_letters, 'dead letter')}`;
    console.log(
      `${yes ? 'Deleted' : 'Would delete'}: ${what} from before the erasure of their persons. ${count(ledger.size, 'id is', 'ids are')} noted as erased.`,
    );
    if (found.held > 0)
      console.log(
        `${count(found.held, 'partition')} not deleted: a hold stands. List them: ${CALLED} hold --list${target.options}`,
      );
    if (found.own > 0)
      console.log(
        `${count(found.own, 'item')} of your own under erased persons not deleted: it has no time, so it can be newer.`,
      );
    if (!yes) console.log('This was a dry run: nothing was deleted. Add --yes to delete.');
  }
  return found.held > 0 ? EXIT.problem : EXIT.done;
};

/** The hashes of the ids on which a hold stands. */
const heldHashes = async (target: Target): Promise<ReadonlySet<string>> => {
  const now = Date.now();
  const standing = (await allHolds(target)).filter((item) => standsUntil(item, now) !== undefined);
  return new Set(
    standing.flatMap((item) => [
      hashOf({ kind: 'user', id: userOf(item) }),
      ...(typeof item.hold_human === 'string' ? [hashOf({ kind: 'human', id: item.hold_human })] : []),
    ]),
  );
};

const partitionsIn = async (target: Target, ledger: Ledger, stopping: AbortSignal): Promise<string[]> => {
  const all = new Set<string>();
  for (const table of [target.tableName, historyTableOf(target)]) {
    for (const pk of await partitionsOf(target, table, (one) => erasedAt(ledger, one) !== undefined, stopping)) all.add(pk);
  }
  return [...all];
};

/** The notes of holds from before the erasure of their users, on whom no hold stands. */
const notesOfHoldsIn = async (target: Target, ledger: Ledger, held: ReadonlySet<string>): Promise<Key[]> => {
  const notes = ledger.size === 0 ? [] : await stateReaderOf(target, historyTableOf(target)).under(HOLDS);
  return notes
    .map(({ sk, user_id }) => ({ key: { pk: HOLDS, sk: String(sk) }, user: String(user_id) }))
    .filter(({ key, user }) => {
      const at = Date.parse(key.sk.slice(user.length + 1));
      return (
        at <= (erasedAt(ledger, userPartition(user)) ?? Number.NEGATIVE_INFINITY) && !held.has(hashOf({ kind: 'user', id: user }))
      );
    })
    .map(({ key }) => key);
};

const isSince =
  (ledger: Ledger, pk: string) =>
  ({ received_at }: StoredItem): boolean =>
    Number(received_at) > (erasedAt(ledger, pk) ?? Number.NEGATIVE_INFINITY);

const recordsSince = async (target: Target, ledger: Ledger, pk: string): Promise<StoredItem[]> =>
  (await recordsUnder(target, pk)).filter(isSince(ledger, pk));

const leftoverIn = async (target: Target, ledger: Ledger, pk: string): Promise<Leftover> => {
  // First the table: what is recorded in the meantime then explains more items, not fewer.
  const all = (await stateReaderOf(target).under(pk)).filter((item) => !isHold(item));
  const records = await recordsUnder(target, pk);
  const since = fold(records.filter(isSince(ledger, pk)));
  return {
    items: all.filter((item) => isState(item) && !isLedTo(item, since)),
    records: records.filter((record) => !isSince(ledger, pk)(record)),
    own: all.filter((item) => !isState(item)).length,
  };
};

/** Deletes an item, unless it has changed since it was read. */
const deleteAsRead = async ({ client, tableName }: Target, { pk, sk, as_of }: StoredItem): Promise<void> => {
  try {
    await dynamodbOf({ client }).send(
      new DeleteItemCommand({
        TableName: tableName,
        Key: { pk: { S: String(pk) }, sk: { S: String(sk) } },
        ConditionExpression: 'as_of = :as_of',
        ExpressionAttributeValues: { ':as_of': attributeOf(as_of as number) },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};
