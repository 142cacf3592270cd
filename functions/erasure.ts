import { createHash } from 'node:crypto';
import { type Key, ownerOf } from './core/facets.ts';
import { type NamedId, normalId } from './core/person-id.ts';
import { ERASURES } from './core/record.ts';
import type { StoredItem } from './core/state.ts';

/** When each erased person was erased, in epoch milliseconds, by the SHA-256 of each of their ids. */
export type Ledger = ReadonlyMap<string, number>;

/** The same for all spellings of an id. */
export const hashOf = ({ kind, id }: NamedId): string =>
  createHash('sha256')
    .update(`${kind}#${normalId(id)}`)
    .digest('hex');

/** Ends the sort key of an erasure that has begun, and not finished. */
const BEGUN = '#begun';

/** The key of an erasure that is complete. */
export const completedKey = (id: NamedId): Key => ({ pk: ERASURES, sk: hashOf(id) });

/** The key of an erasure that has begun. */
export const begunKey = (id: NamedId): Key => ({ pk: ERASURES, sk: `${hashOf(id)}${BEGUN}` });

/** The latest erasure of each id, of those that are complete and those that have begun. */
export const ledgerFrom = (notes: Iterable<StoredItem>): Ledger => {
  const all = new Map<string, number>();
  for (const { sk, erased_at } of notes) {
    const hash = String(sk).replace(BEGUN, '');
    all.set(hash, Math.max(Number(erased_at), all.get(hash) ?? Number(erased_at)));
  }
  return all;
};

/** The entries of the ledger for these ids. @param history reads the history */
export const readErasures = async (
  history: { many(keys: readonly Key[]): Promise<ReadonlyMap<string, StoredItem>> },
  ids: readonly NamedId[],
): Promise<Ledger> => ledgerFrom((await history.many(ids.flatMap((id) => [completedKey(id), begunKey(id)]))).values());

/** When the owner of a partition was erased, in epoch milliseconds; `undefined` if never. */
export const erasedAt = (ledger: Ledger, pk: string): number | undefined => {
  const owner = ownerOf(pk);
  return owner && ledger.get(hashOf(owner));
};
