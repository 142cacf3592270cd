import { chunk } from '../../functions/chunk.ts';
import { ownerOf } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { fold } from '../../functions/core/record.ts';
import { isTestUser } from '../../functions/core/test-user.ts';
import { erasedAt } from '../../functions/erasure.ts';
import { startHistory } from '../../functions/history-start.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { applyThroughQueue } from '../apply-through-queue.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { erasuresOf } from '../forget/ledger.ts';
import { printJson } from '../print-json.ts';
import { scan } from '../scan.ts';
import { dynamodbOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { completeSince } from './complete.ts';
import { deliveriesOf, type Restated } from './deliveries-of.ts';
import { historyTableOf, recordsUnder } from './records.ts';
import { isLedTo, isState } from './verify.ts';

const AT_ONCE = 20;
const DELIVERIES_AT_ONCE = 100;

export interface StartOptions {
  readonly yes: boolean;
  readonly json: boolean;
  /** Calls the history complete although items were edited and can't be entered. */
  readonly evenIfEdited: boolean;
}

/**
 * Enters the states that are older than the history as records, by way of the queue, and then records since when it is complete. May
 * be repeated. Without `yes`, it only counts them.
 *
 * @returns the exit status: 1 if it is not complete, because items were edited, or are of erased persons
 */
export const enterStates = async (target: Target, { yes, json, evenIfEdited }: StartOptions): Promise<number> => {
  const known = await completeSince(target);
  if (known !== undefined) {
    if (json) printJson({ complete_since: formatInstant(known) });
    else console.log(`The history is complete since ${formatInstant(known)}.`);
    return EXIT.done;
  }
  const interrupted = new AbortController();
  using _ = finishFirst('the current states are entered', () => interrupted.abort(new CannotRunError('Interrupted.')));
  const at = Date.now();
  const counts = { entered: 0, recorded: 0, erased: 0 };
  const edited: string[] = [];
  const enter = async (deliveries: readonly Restated[]): Promise<void> => {
    for (const some of chunk(deliveries, DELIVERIES_AT_ONCE)) await applyThroughQueue(target, some, () => {});
  };

  await scan(
    target,
    { TableName: target.tableName, ConsistentRead: true },
    async ({ items }) => {
      const older: Restated[] = [];
      const erasures = await erasuresOf(
        target,
        items.flatMap(({ pk }) => ownerOf(String(pk)) ?? []),
      );
      await mapConcurrent(AT_ONCE, items.filter(isState), async (item) => {
        const pk = String(item.pk);
        if (isTestUser(pk)) return;
        if (isLedTo(item, fold(await recordsUnder(target, pk, `${item.sk}#`)))) counts.recorded += 1;
        else if (erasedAt(erasures, pk) !== undefined) counts.erased += 1;
        else {
          const deliveries = deliveriesOf(item, at);
          if (deliveries) counts.entered += 1;
          else edited.push(`${pk} / ${item.sk}`);
          older.push(...(deliveries ?? []));
        }
      });
      if (yes) await enter(older);
    },
    { stopping: interrupted.signal },
  );
  const isComplete = counts.erased === 0 && (edited.length === 0 || evenIfEdited);
  const since = yes && isComplete ? Date.now() : undefined;
  if (since !== undefined) await startHistory(dynamodbOf(target), historyTableOf(target), since);

  if (json) printJson({ dry_run: !yes, ...counts, edited, complete_since: since === undefined ? null : formatInstant(since) });
  else {
    console.log(`${count(counts.entered, 'state')} ${yes ? '' : 'would be '}entered, ${counts.recorded} recorded already.`);
    for (const item of edited) console.log(`${visible(item)}: was edited, and no delivery leads to it. It is not entered.`);
    if (edited.length > 0 && !evenIfEdited)
      console.log(
        'Repair or delete what was edited and repeat the command, or add --even-if-edited: then the history has a gap there.',
      );
    if (counts.erased > 0)
      console.log(
        `${count(counts.erased, 'state is', 'states are')} of erased persons, as after a restore. Erase them first: ${CALLED} forget --again${target.options}`,
      );
    if (since !== undefined) console.log(`The history is complete since ${formatInstant(since)}.`);
    else if (!yes) console.log('This was a dry run. Add --yes to enter them.');
  }
  return isComplete ? EXIT.done : EXIT.problem;
};
