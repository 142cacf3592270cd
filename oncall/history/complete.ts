import { formatInstant } from '../../functions/core/instant.ts';
import { historyStart } from '../../functions/history-start.ts';
import { CALLED } from '../called.ts';
import { CannotRunError } from '../failure.ts';
import { dynamodbOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { historyTableOf } from './records.ts';

/** Since when the history is complete, in epoch milliseconds; `undefined` if that is not known. */
export const completeSince = (target: Target): Promise<number | undefined> =>
  historyStart(dynamodbOf(target), historyTableOf(target));

/** @throws CannotRunError unless the history is complete at this time, in epoch milliseconds */
export const requireComplete = async (target: Target, at: number): Promise<void> => {
  if (at > Date.now()) throw new CannotRunError(`${formatInstant(at)} is in the future. A date stands for its end, in UTC.`);
  const since = await completeSince(target);
  if (since === undefined) {
    throw new CannotRunError(
      `It is not known since when the history is complete. Enter the states that are older than it: ${CALLED} history start --yes${target.options}`,
    );
  }
  if (at < since) {
    throw new CannotRunError(
      `The history is complete since ${formatInstant(since)}. It does not tell what was known before that.`,
    );
  }
};
