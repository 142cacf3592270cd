import { ownerOf } from '../../functions/core/facets.ts';
import { standsUntil } from '../../functions/core/hold.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { EXIT } from '../failure.ts';
import { allHolds } from '../hold/holds.ts';
import type { Target } from '../target.ts';
import { type AgainOptions, eraseAgain } from './again.ts';
import { forget } from './forget.ts';
import { ledgerOf } from './ledger.ts';

/** How long a message can stay on a queue: SQS's maximum. */
const LOOK_BACK_MS = 14 * 86_400_000;

/**
 * Repeats the erasures that a hold refused and that did not finish, if no hold stands any more, and looks once more at those of the
 * last fourteen days.
 *
 * @returns the exit status: 1 if one of them could not be done
 */
export const eraseDue = async (target: Target, { yes, json }: AgainOptions): Promise<number> => {
  const due = (await allHolds(target)).filter(isDue);
  let status: number = EXIT.done;
  if (!json) console.log(`${count(due.length, 'erasure is', 'erasures are')} due.`);
  for (const { pk, erasure_human } of due) {
    const user = ownerOf(String(pk))?.id ?? '';
    const human = typeof erasure_human === 'string' ? erasure_human : undefined;
    if (!json) console.log(`\nUser ${visible(user)}:`);
    status = Math.max(status, await forget(target, user, { human, yes, json }));
  }
  if (target.historyTableName === undefined) return status;
  const since = Date.now() - LOOK_BACK_MS;
  const ledger = [...(await ledgerOf(target))].filter(([, at]) => at > since);
  if (!json) console.log('\nThe erasures of the last 14 days, once more:');
  return Math.max(status, await eraseAgain(target, new Map(ledger), { yes, json }));
};

const isDue = (hold: StoredItem): boolean =>
  standsUntil(hold, Date.now()) === undefined &&
  (typeof hold.erasure_refused_at === 'number' || typeof hold.erasing === 'number');
