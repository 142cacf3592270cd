import { holdKeyOf } from '../../functions/core/hold.ts';
import { visible } from '../../functions/words/visible.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { removeBegun } from './ledger.ts';
import { idsOf, withdraw } from './lock.ts';

/** Withdraws an erasure. What it has deleted stays deleted. @throws CannotRunError if there is none */
export const withdrawErasure = async (
  target: Target,
  userId: string | undefined,
  { json }: { readonly json: boolean },
): Promise<number> => {
  if (userId === undefined) throw new CannotRunError('Specify the user_id.');
  const hold = await stateReaderOf(target).one(holdKeyOf(userId));
  if (!hold || !(await withdraw(target, userId))) {
    throw new CannotRunError(`No erasure of user ${visible(userId)} has begun or was refused.`);
  }
  await removeBegun(target, idsOf(hold));
  if (json) printJson({ user_id: userId, withdrawn: true });
  else console.log(`The erasure of user ${visible(userId)} is withdrawn. What it has deleted stays deleted.`);
  return EXIT.done;
};
