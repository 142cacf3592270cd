import { isHold, standsUntil } from '../../functions/core/hold.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { hashOf } from '../../functions/erasure.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { callerOf } from '../caller.ts';
import { EXIT, explainError } from '../failure.ts';
import { recordsUnder } from '../history/records.ts';
import { isState } from '../history/verify.ts';
import { allHolds } from '../hold/holds.ts';
import { shellWord } from '../shell-word.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type AgainOptions, eraseAgain } from './again.ts';
import { forget } from './forget.ts';
import { ledgerOf, noteCompleted } from './ledger.ts';
import { idsOf, userOf, withdraw } from './lock.ts';

/** An erasure that began longer ago was interrupted. */
const RUNS_AT_MOST_MS = 3_600_000;
/** How long a message can stay on a queue: SQS's maximum. */
const LOOK_BACK_MS = 14 * 86_400_000;

/**
 * Does the erasures that a hold refused and whose hold has ended; finishes those that were interrupted, except for what was received since; and looks once more at those of the last fourteen days. A person of whom something was received after the
 * request was refused is left to the user.
 *
 * @returns the exit status: 1 if one of them could not be done, or is left to the user
 */
export const eraseDue = async (target: Target, { yes, json }: AgainOptions): Promise<number> => {
  const now = Date.now();
  const holds = (await allHolds(target)).filter((hold) => standsUntil(hold, now) === undefined);
  const due = holds.filter(({ erasure_refused_at: at, erasing }) => typeof at === 'number' && typeof erasing !== 'number');
  let status: number = EXIT.done;
  if (!json) console.log(`${count(due.length, 'erasure is', 'erasures are')} due.`);
  for (const hold of due) {
    const user = userOf(hold);
    if (!json) console.log(`\nUser ${visible(user)}:`);
    if (await isReceivedSince(target, hold)) {
      const of = wordsOf(hold);
      console.error(
        `Something was received after the erasure was requested. Decide: ${CALLED} forget ${of} --yes${target.options}, or ${CALLED} forget ${shellWord(user)} --withdraw${target.options}`,
      );
      status = EXIT.problem;
      continue;
    }
    const human = typeof hold.erasure_human === 'string' ? hold.erasure_human : undefined;
    const done = await forget(target, user, { human, yes, json }).catch((error) => {
      console.error(`error: ${explainError(error, target)}`);
      return EXIT.problem;
    });
    status = Math.max(status, done);
  }
  const begun = holds.filter(({ erasing }) => typeof erasing === 'number' && erasing < now - RUNS_AT_MOST_MS);
  if (target.historyTableName === undefined) {
    for (const hold of begun) {
      const of = wordsOf(hold);
      console.error(`An erasure was interrupted. Finish it: ${CALLED} forget ${of} --yes${target.options}`);
    }
    return begun.length > 0 ? EXIT.problem : status;
  }
  const interrupted = new Set(begun.flatMap(idsOf).map(hashOf));
  const ledger = [...(await ledgerOf(target))].filter(([hash, at]) => at > now - LOOK_BACK_MS || interrupted.has(hash));
  if (!json) console.log('\nThe erasures of the last 14 days and those that were interrupted, once more:');
  const again = await eraseAgain(target, new Map(ledger), { yes, json });
  if (!yes || again !== EXIT.done) return Math.max(status, again);
  for (const hold of begun) {
    const of = wordsOf(hold);
    const left = (await stateReaderOf(target).under(String(hold.pk))).filter((item) => !isHold(item) && !isState(item));
    if (left.length > 0) {
      console.error(
        `Items of your own are left of user ${visible(userOf(hold))}. Finish the erasure: ${CALLED} forget ${of} --yes${target.options}, or withdraw it: ${CALLED} forget ${shellWord(userOf(hold))} --withdraw${target.options}`,
      );
      status = EXIT.problem;
      continue;
    }
    // Without the note, it had not begun to delete.
    if (ledger.some(([hash]) => hash === hashOf({ kind: 'user', id: userOf(hold) }))) {
      await noteCompleted(target, idsOf(hold), { erased_at: Number(hold.erasing), erased_by: await callerOf(target) });
    }
    await withdraw(target, userOf(hold));
  }
  return Math.max(status, again);
};

const isReceivedSince = async (target: Target, { pk, erasure_refused_at: at }: StoredItem): Promise<boolean> =>
  target.historyTableName !== undefined &&
  (await recordsUnder(target, String(pk))).some(({ received_at }) => Number(received_at) > Number(at));

/** The ids of an erasure as they are typed. */
const wordsOf = (hold: StoredItem): string => {
  const human = typeof hold.erasure_human === 'string' ? ` --human ${shellWord(hold.erasure_human)}` : '';
  return `${shellWord(userOf(hold))}${human}`;
};
