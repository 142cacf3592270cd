import { formatInstant } from '../../functions/core/instant.ts';
import { visible } from '../../functions/words/visible.ts';
import type { BusEvent } from './bus-event.ts';

/** One event on one line: the time, the type and the subject. */
export const lineOf = ({ time, detail, ...event }: BusEvent): string => {
  const { user_id, idos_human_id, level, credential_id, as_of } = detail;
  const about = [level ?? credential_id, user_id ?? idos_human_id].filter((part) => typeof part === 'string');
  const asOf = typeof as_of === 'number' && Math.abs(as_of) <= 8.64e15 ? [`as of ${formatInstant(as_of)}`] : [];
  return visible([time, event['detail-type'].padEnd(22), ...about, ...asOf].join('  '));
};
