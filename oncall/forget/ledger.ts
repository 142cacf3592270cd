import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { NamedId } from '../../functions/core/person-id.ts';
import { ERASURES } from '../../functions/core/record.ts';
import { begunKey, completedKey, type Ledger, ledgerFrom, readErasures } from '../../functions/erasure.ts';
import { itemOf } from '../../functions/plain-item.ts';
import { historyTableOf } from '../history/records.ts';
import { dynamodbOf, stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

/** An erasure, as the ledger has it. Times are epoch milliseconds. */
export interface Erasure {
  readonly erased_at: number;
  /** Who has erased. */
  readonly erased_by: string;
}

/** Notes in the history that the erasure of these ids has begun, as their hashes only. It counts, unless it is withdrawn. */
export const noteBegun = (target: Target, ids: readonly NamedId[], erasure: Erasure): Promise<void> =>
  forEachId(target, ids, (dynamodb, TableName, id) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: itemOf({ ...begunKey(id), ...erasure }) })),
  );

/** Notes that the erasure of these ids is complete. */
export const noteCompleted = async (target: Target, ids: readonly NamedId[], erasure: Erasure): Promise<void> => {
  const completed_at = Date.now();
  await forEachId(target, ids, (dynamodb, TableName, id) =>
    dynamodb.send(new PutItemCommand({ TableName, Item: itemOf({ ...completedKey(id), ...erasure, completed_at }) })),
  );
  await removeBegun(target, ids);
};

/** Removes the note that an erasure has begun: it is withdrawn. That of a former erasure stays. */
export const removeBegun = (target: Target, ids: readonly NamedId[]): Promise<void> =>
  forEachId(target, ids, (dynamodb, TableName, id) => {
    const { pk, sk } = begunKey(id);
    return dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk }, sk: { S: sk } } }));
  });

const forEachId = async (
  { client, historyTableName }: Target,
  ids: readonly NamedId[],
  change: (dynamodb: DynamoDBClient, table: string, id: NamedId) => Promise<unknown>,
): Promise<void> => {
  if (historyTableName === undefined) return;
  for (const id of ids) await change(dynamodbOf({ client }), historyTableName, id);
};

/** The ledger of the stack. @param older another history table, such as the one from before a restore, whose ledger counts too */
export const ledgerOf = async (target: Target, older?: string): Promise<Ledger> => {
  const tables = [historyTableOf(target), ...(older === undefined ? [] : [older])];
  const notes = await Promise.all(tables.map((table) => stateReaderOf(target, table).under(ERASURES)));
  return ledgerFrom(notes.flat());
};

/** The entries of the ledger for these ids; none if no history is kept. */
export const erasuresOf = async (target: Target, ids: readonly NamedId[]): Promise<Ledger> =>
  target.historyTableName === undefined ? new Map() : readErasures(stateReaderOf(target, target.historyTableName), ids);
