import { chunk } from '../../functions/chunk.ts';
import { ownerOf, userPartition } from '../../functions/core/facets.ts';
import { envelopeOfRecord, stateOfRecord } from '../../functions/core/record.ts';
import { compareStates, identityOf, itemAfter, type StoredItem } from '../../functions/core/state.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { applyThroughQueue, type Stated } from '../apply-through-queue.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { erasedAt, erasuresOf } from '../forget/ledger.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { recordsUnder } from './records.ts';
import { allPartitions } from './verify.ts';

const AT_ONCE = 20;
const USERS_AT_ONCE = 200;
const DELIVERIES_AT_ONCE = 100;

export interface RebuildOptions {
  readonly user: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Puts the deliveries of the history that lead to items which the table lacks, or has older, on the queue again. They keep their
 * records, and items that are newer stay. What was received before an erasure is left out. Without `yes`, it only counts.
 *
 * @returns the exit status
 */
export const rebuild = async (target: Target, { user, yes, json }: RebuildOptions): Promise<number> => {
  const interrupted = new AbortController();
  using _ = finishFirst('the current deliveries are applied', () => interrupted.abort(new CannotRunError('Interrupted.')));
  const partitions = user === undefined ? await allPartitions(target) : [userPartition(user)];
  const found = { items: 0, deliveries: 0, erased: 0 };
  let read = 0;
  for (const some of chunk(partitions, USERS_AT_ONCE)) {
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
    if (read % 10_000 === 0) waitingFor(`the history: ${read} of ${partitions.length} users compared`);
  }
  if (json) printJson({ dry_run: !yes, ...found });
  else {
    console.log(
      `${count(found.items, 'item')} ${yes ? '' : 'would be '}rebuilt from ${count(found.deliveries, 'delivery', 'deliveries')}.`,
    );
    if (found.erased > 0)
      console.log(`${count(found.erased, 'delivery is', 'deliveries are')} from before an erasure, and left out.`);
    if (!yes) console.log('This was a dry run. Add --yes to rebuild.');
  }
  return EXIT.done;
};

/** The deliveries that change an item of the table, the one that decides first: most items need no other. */
const missingIn = (items: readonly StoredItem[], records: readonly StoredItem[]): Stated[] => {
  const now = new Map(items.map((item) => [identityOf({ key: { pk: String(item.pk), sk: String(item.sk) } }), item]));
  const deliveries = records.flatMap((record): Stated[] => {
    const [envelope, state] = [envelopeOfRecord(record), stateOfRecord(record)];
    return envelope && state && !state.asksNothing ? [{ envelope, state }] : [];
  });
  return deliveries
    .sort((a, b) =>
      a.state.key.sk === b.state.key.sk ? compareStates(b.state, a.state) : a.state.key.sk < b.state.key.sk ? -1 : 1,
    )
    .filter(({ state }) => {
      const identity = identityOf(state);
      const before = now.get(identity);
      const after = itemAfter(state, before);
      now.set(identity, after);
      return !before || Object.keys(after).some((name) => after[name] !== before[name]);
    });
};
