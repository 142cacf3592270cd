import { createHash } from 'node:crypto';
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Key, ownerOf } from '../../functions/core/facets.ts';
import { ERASURES } from '../../functions/core/record.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { itemOf } from '../../functions/plain-item.ts';
import { historyTableOf } from '../history/records.ts';
import { type NamedId, normalId } from '../person/person.ts';
import { dynamodbOf, stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

/** When each erased person was erased, in epoch milliseconds, by the SHA-256 of each of their ids. */
export type Ledger = ReadonlyMap<string, number>;

/** The same for all spellings of an id. */
export const hashOf = ({ kind, id }: NamedId): string =>
  createHash('sha256')
    .update(`${kind}#${normalId(id)}`)
    .digest('hex');

const keyOf = (id: NamedId): Key => ({ pk: ERASURES, sk: hashOf(id) });

/** An erasure, as the ledger has it. Times are epoch milliseconds. */
export interface Erasure {
  readonly erased_at: number;
  /** Who has erased. */
  readonly erased_by: string;
}

/** Ends the sort key of an erasure that has begun, and not finished. */
const BEGUN = '#begun';

/** Notes in the history that the erasure of these ids has begun, as their hashes only. It counts, unless it is withdrawn. */
export const noteBegun = (target: Target, ids: readonly NamedId[], erasure: Erasure): Promise<void> =>
  forEachKey(target, ids, (dynamodb, TableName, { pk, sk }) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: itemOf({ pk, sk: `${sk}${BEGUN}`, ...erasure }) })),
  );

/** Notes that the erasure of these ids is complete. */
export const noteCompleted = async (target: Target, ids: readonly NamedId[], erasure: Erasure): Promise<void> => {
  const completed_at = Date.now();
  await forEachKey(target, ids, (dynamodb, TableName, key) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: itemOf({ ...key, ...erasure, completed_at }) })),
  );
  await removeBegun(target, ids);
};

/** Removes the note that an erasure has begun: it is withdrawn. That of a former erasure stays. */
export const removeBegun = (target: Target, ids: readonly NamedId[]): Promise<void> =>
  forEachKey(target, ids, (dynamodb, TableName, { pk, sk }) =>
    dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: `${sk}${BEGUN}` } } })),
  );

const forEachKey = async (
  { client, historyTableName }: Target,
  ids: readonly NamedId[],
  change: (dynamodb: DynamoDBClient, table: string, key: Key) => Promise<unknown>,
): Promise<void> => {
  if (historyTableName === undefined) return;
  for (const id of ids) await change(dynamodbOf({ client }), historyTableName, keyOf(id));
};

/** The ledger of the stack. @param older another history table, such as the one from before a restore, whose ledger counts too */
export const ledgerOf = async (target: Target, older?: string): Promise<Ledger> => {
  const tables = [historyTableOf(target), ...(older === undefined ? [] : [older])];
  const notes = await Promise.all(tables.map((table) => stateReaderOf(target, table).under(ERASURES)));
  return ledgerFrom(notes.flat());
};

/** The latest of each id, of those that are complete and those that have begun. */
const ledgerFrom = (notes: Iterable<StoredItem>): Ledger => {
  const all = new Map<string, number>();
  for (const { sk, erased_at } of notes) {
    const hash = String(sk).replace(BEGUN, '');
    all.set(hash, Math.max(Number(erased_at), all.get(hash) ?? Number(erased_at)));
  }
  return all;
};

/** The entries of the ledger for these ids; none if no history is kept. */
export const erasuresOf = async (target: Target, ids: readonly NamedId[]): Promise<Ledger> => {
  if (target.historyTableName === undefined) return new Map();
  const keys = ids.map(keyOf).flatMap(({ pk, sk }) => [
    { pk, sk },
    { pk, sk: `${sk}${BEGUN}` },
  ]);
  return ledgerFrom((await stateReaderOf(target, target.historyTableName).many(keys)).values());
};

/** When the owner of a partition was erased, in epoch milliseconds; `undefined` if never. */
export const erasedAt = (ledger: Ledger, pk: string): number | undefined => {
  const owner = ownerOf(pk);
  return owner && ledger.get(hashOf(owner));
};
