import { normalId } from '../../functions/core/person-id.ts';
import { visible } from '../../functions/words/visible.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { allHolds } from '../hold/holds.ts';

import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { removeBegun } from './ledger.ts';
import { idsOf, userOf, withdraw } from './lock.ts';

/** Withdraws an erasure. What it has deleted stays deleted. @throws CannotRunError if there is none */
export const withdrawErasure = async (
  target: Target,
  userId: string | undefined,
  { json }: { readonly json: boolean },
): Promise<number> => {
  if (userId === undefined) throw new CannotRunError('Specify the user_id.');
  // An erasure locks every spelling of the id.
  const own = (await allHolds(target)).filter((hold) => normalId(userOf(hold)) === normalId(userId));
  let withdrawn = 0;
  for (const hold of own) {
    if (!(await withdraw(target, userOf(hold)))) continue;
    withdrawn += 1;
    await removeBegun(target, idsOf(hold));
  }
  if (withdrawn === 0) throw new CannotRunError(`No erasure of user ${visible(userId)} has begun or was refused.`);
  if (json) printJson({ user_id: userId, withdrawn: true });
  else console.log(`The erasure of user ${visible(userId)} is withdrawn. What it has deleted stays deleted.`);
  return EXIT.done;
};
