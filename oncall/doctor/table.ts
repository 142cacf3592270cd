import { LEVEL } from '../../functions/core/facets.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type Finding, ok } from './finding.ts';

/** Whether the table can be read. */
export const checkTable = async (target: Target): Promise<Finding> => {
  await stateReaderOf(target).one(LEVEL.keyOf({ user_id: 'doctor', level: 'doctor' }));
  return ok('table', 'can be read');
};
