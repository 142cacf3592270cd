import { chunk } from '../../functions/chunk.ts';
import { ownerOf, userPartition } from '../../functions/core/facets.ts';
import { holdKeyOf, standsUntil } from '../../functions/core/hold.ts';
import { identityOf, type StoredItem, type StoredValue } from '../../functions/core/state.ts';
import { erasedAt } from '../../functions/erasure.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { applyThroughQueue, type Stated } from '../apply-through-queue.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { erasuresOf } from '../forget/ledger.ts';
import { changeHold, notedHolds } from '../hold/holds.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { missingIn } from './missing.ts';
import { historyTableOf, recordsUnder } from './records.ts';
import { allPartitions } from './verify.ts';

const LANES = 8;
const AT_ONCE = 5;
const USERS_AT_ONCE = 100;
const DELIVERIES_AT_ONCE = 100;
const SHOW_EVERY = 10_000;

export interface RebuildOptions {
  readonly user: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Puts the deliveries of the history that lead to items which the table lacks, or has older, on the queue again. They keep their
 * records, and items that are newer stay. What was received before an erasure is left out. Places again the holds that the table has
 * lost. Without `yes`, it only counts.
 *
 * @returns the exit status
 */
export const rebuild = async (target: Target, { user, yes, json }: RebuildOptions): Promise<number> => {
  const interrupted = new AbortController();
  using _ = finishFirst('the current deliveries are applied', () => interrupted.abort(new CannotRunError('Interrupted.')));
  const partitions = user === undefined ? await allPartitions(target) : [userPartition(user)];
  const found = { items: 0, deliveries: 0, erased: 0, holds: 0 };
  // First: without its hold, a person's data could be erased.
  for (const hold of await lostHolds(target, user)) {
    found.holds += 1;
    if (yes) await restoreHold(target, hold);
  }
  let read = 0;
  await mapConcurrent(LANES, chunk(partitions, USERS_AT_ONCE), async (some) => {
    const missing: Stated[] = [];
    const erasures = await erasuresOf(
      target,
      some.flatMap((pk) => ownerOf(pk) ?? []),
    );
    await mapConcurrent(AT_ONCE, some, async (pk) => {
      interrupted.signal.throwIfAborted();
      const [items, records] = await Promise.all([stateReaderOf(target).under(pk), recordsUnder(target, pk)]);
      const erased = erasedAt(erasures, pk) ?? Number.NEGATIVE_INFINITY;
      const since = records.filter(({ received_at }) => Number(received_at) > erased);
      found.erased += records.length - since.length;
      missing.push(...missingIn(items, since));
    });
    found.items += new Set(missing.map(({ state }) => identityOf(state))).size;
    found.deliveries += missing.length;
    if (yes) for (const part of chunk(missing, DELIVERIES_AT_ONCE)) await applyThroughQueue(target, part, () => {});
    read += some.length;
    if (read % SHOW_EVERY === 0) waitingFor(`the history: ${read} of ${partitions.length} users compared`);
  });
  if (json) printJson({ dry_run: !yes, ...found });
  else {
    console.log(
      `${count(found.items, 'item')} ${yes ? '' : 'would be '}rebuilt from ${count(found.deliveries, 'delivery', 'deliveries')}.`,
    );
    if (found.holds > 0) console.log(`${count(found.holds, 'hold')} ${yes ? '' : 'would be '}placed again.`);
    if (found.erased > 0)
      console.log(`${count(found.erased, 'delivery is', 'deliveries are')} from before an erasure, and left out.`);
    if (!yes) console.log('This was a dry run. Add --yes to rebuild.');
  }
  return EXIT.done;
};

/** The holds that the history notes, and the table lacks. */
const lostHolds = async (target: Target, user: string | undefined): Promise<StoredItem[]> => {
  const now = Date.now();
  const noted = (await notedHolds(target, historyTableOf(target))).filter(
    (hold) => standsUntil(hold, now) !== undefined && (user === undefined || hold.user_id === user),
  );
  const items = await stateReaderOf(target).many(noted.map(({ user_id }) => holdKeyOf(String(user_id))));
  return noted.filter(({ user_id }) => items.get(identityOf({ key: holdKeyOf(String(user_id)) }))?.hold_until === undefined);
};

const restoreHold = async (target: Target, { pk: _, sk: _sk, user_id, ...hold }: StoredItem): Promise<void> => {
  const set = Object.fromEntries(Object.entries(hold).filter((entry): entry is [string, StoredValue] => entry[1] !== null));
  await changeHold(target, holdKeyOf(String(user_id)), {
    set,
    only: { if: 'attribute_not_exists(#hold_until)', attributes: ['hold_until'] },
  });
};
