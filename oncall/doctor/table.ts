import { LEVEL } from '../../functions/core/facets.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type Finding, ok } from './finding.ts';

const KEY = LEVEL.keyOf({ user_id: 'doctor', level: 'doctor' });

/** Whether the table can be read. */
export const checkTable = async (target: Target): Promise<Finding> => {
  await stateReaderOf(target).one(KEY);
  return ok('table', 'can be read');
};

/** Whether the history is there. The round trip shows whether apply may write to it. */
export const checkHistory = async (target: Target): Promise<Finding> => {
  await stateReaderOf(target).existing([KEY]);
  return ok('history', 'can be read');
};
