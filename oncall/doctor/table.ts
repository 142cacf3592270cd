import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type Finding, well } from './finding.ts';

/** Whether the table can be read. */
export const checkTable = async (target: Target): Promise<Finding> => {
  await stateReaderOf(target).one({ pk: 'USER#doctor', sk: 'LEVEL#doctor' });
  return well('table', 'can be read');
};
