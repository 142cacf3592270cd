import { isHold } from '../../functions/core/hold.ts';
import { envelopeOfRecord, fold, stateOfRecord } from '../../functions/core/record.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { applyThroughQueue, type Stated } from '../apply-through-queue.ts';
import { CALLED } from '../called.ts';
import { deleteItems } from '../delete-items.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { historyTableOf, recordsUnder } from '../history/records.ts';
import { isLedTo, isState } from '../history/verify.ts';
import { partitionsOf } from '../partitions.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { isFromBeforeErasure } from './before-erasure.ts';
import { erasedAt, type Ledger } from './ledger.ts';
import { standingHold } from './lock.ts';
import { deleteRecords } from './records.ts';
import { type Swept, sweep } from './sweep-queue.ts';

const AT_ONCE = 20;

export interface AgainOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** What the tables have of an erased person from before the erasure. */
interface Leftover {
  readonly items: readonly StoredItem[];
  readonly records: readonly StoredItem[];
  /** What was received since, and leads to items that are deleted with the others. */
  readonly since: readonly Stated[];
  readonly isHeld: boolean;
}

/**
 * Erases what a restore brought back, or a late message, of the persons in a ledger. What was received of them after their erasure
 * stays. Without `yes`, it only counts.
 *
 * @returns the exit status: 1 if a hold stands, or something is left
 */
export const eraseAgain = async (target: Target, ledger: Ledger, { yes, json }: AgainOptions): Promise<number> => {
  const interrupted = new AbortController();
  const { signal: stopping } = interrupted;
  using _ = finishFirst('the current person is erased', () => interrupted.abort(new CannotRunError('Interrupted.')));
  const found = { persons: 0, items: 0, records: 0, dead_letters: 0, held: 0 };
  const partitions = await partitionsIn(target, ledger, stopping);
  await mapConcurrent(AT_ONCE, partitions, async (pk) => {
    stopping.throwIfAborted();
    const { items, records, since, isHeld } = await leftoverIn(target, ledger, pk);
    if (items.length + records.length === 0) return;
    found.persons += 1;
    if (isHeld) found.held += 1;
    else {
      found.items += items.length;
      found.records += records.length;
      if (!yes) return;
      await deleteRecords(
        target,
        historyTableOf(target),
        records.map(({ sk }) => ({ pk, sk: String(sk) })),
      );
      await deleteItems(target, items);
      await applyThroughQueue(target, since, () => {});
    }
  });
  const mentionIn = (message: string) => (isFromBeforeErasure(ledger, message) ? 'own' : 'no');
  const letters: Swept = { own: [], perhaps: [], unread: 0 };
  await sweep(target, letters, { queueUrl: target.deadLetterQueueUrl, remove: yes, stopping, mentionIn });
  found.dead_letters = letters.own.length;

  if (json) printJson({ dry_run: !yes, erased: ledger.size, ...found });
  else {
    const what = `${count(found.items, 'item')}, ${count(found.records, 'record')} and ${count(found.dead_letters, 'dead letter')}`;
    console.log(
      `${yes ? 'Deleted' : 'Would delete'}: ${what} from before the erasure of their persons. The ledger has ${count(ledger.size, 'erased id')}.`,
    );
    if (found.held > 0)
      console.log(
        `${count(found.held, 'partition')} not deleted: a hold stands. List them: ${CALLED} hold --list${target.options}`,
      );
    if (!yes) console.log('This was a dry run: nothing was deleted. Add --yes to delete.');
  }
  return found.held > 0 ? EXIT.problem : EXIT.done;
};

const partitionsIn = async (target: Target, ledger: Ledger, stopping: AbortSignal): Promise<string[]> => {
  const all = new Set<string>();
  for (const table of [target.tableName, historyTableOf(target)]) {
    for (const pk of await partitionsOf(target, table, (one) => erasedAt(ledger, one) !== undefined, stopping)) all.add(pk);
  }
  return [...all];
};

const leftoverIn = async (target: Target, ledger: Ledger, pk: string): Promise<Leftover> => {
  const erased = erasedAt(ledger, pk) ?? Number.NEGATIVE_INFINITY;
  const [all, records, hold] = await Promise.all([
    stateReaderOf(target).under(pk),
    recordsUnder(target, pk),
    standingHold(target, [pk]),
  ]);
  const isOld = ({ received_at }: StoredItem): boolean => !(Number(received_at) > erased);
  const since = records.filter((record) => !isOld(record));
  const folded = fold(since);
  const items = all.filter((item) => !isHold(item) && (isState(item) ? !isLedTo(item, folded) : since.length === 0));
  const deleted = new Set(items.map(({ sk }) => String(sk)));
  return {
    items,
    records: records.filter(isOld),
    since: since.filter(({ item }) => deleted.has(String(item))).flatMap(statedIn),
    isHeld: hold !== undefined,
  };
};

const statedIn = (record: StoredItem): Stated[] => {
  const [envelope, state] = [envelopeOfRecord(record), stateOfRecord(record)];
  return envelope && state && !state.asksNothing ? [{ envelope, state }] : [];
};
