import { createHash } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Key, ownerOf } from '../../functions/core/facets.ts';
import { ERASURES } from '../../functions/core/record.ts';
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
  /** When nothing was left; missing if the erasure has not finished. */
  readonly completed_at?: number;
}

/** Notes in the history that these ids are erased, as their hashes only. */
export const noteErasure = async (
  { client, historyTableName }: Target,
  ids: readonly NamedId[],
  erasure: Erasure,
): Promise<void> => {
  if (historyTableName === undefined) return;
  const dynamodb = dynamodbOf({ client });
  for (const id of ids) {
    const Item = itemOf({ ...keyOf(id), ...erasure });
    await dynamodb.send(new PutItemCommand({ TableName: historyTableName, Item }));
  }
};

/** The ledger of the stack. @param older another history table, such as the one from before a restore, whose ledger counts too */
export const ledgerOf = async (target: Target, older?: string): Promise<Ledger> => {
  const tables = [historyTableOf(target), ...(older === undefined ? [] : [older])];
  const all = new Map<string, number>();
  for (const table of tables) {
    for (const [hash, at] of await ledgerIn(target, table)) all.set(hash, Math.max(at, all.get(hash) ?? at));
  }
  return all;
};

const ledgerIn = async (target: Target, table: string): Promise<Ledger> => {
  const noted = await stateReaderOf(target, table).under(ERASURES);
  return new Map(noted.map(({ sk, erased_at }) => [String(sk), Number(erased_at)]));
};

/** The entries of the ledger for these ids; none if no history is kept. */
export const erasuresOf = async (target: Target, ids: readonly NamedId[]): Promise<Ledger> => {
  if (target.historyTableName === undefined) return new Map();
  const noted = await stateReaderOf(target, target.historyTableName).many(ids.map(keyOf));
  return new Map([...noted.values()].map(({ sk, erased_at }) => [String(sk), Number(erased_at)]));
};

/** When the owner of a partition was erased, in epoch milliseconds; `undefined` if never. */
export const erasedAt = (ledger: Ledger, pk: string): number | undefined => {
  const owner = ownerOf(pk);
  return owner && ledger.get(hashOf(owner));
};
