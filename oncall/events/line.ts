import { visible } from '../../functions/core/visible.ts';
import type { BusEvent } from './bus-event.ts';

/** One event on one line: the time, the type and the subject. */
export const lineOf = ({ time, detail, ...event }: BusEvent): string => {
  const { user_id, idos_human_id, level, credential_id, as_of } = detail;
  const about = [level ?? credential_id, user_id ?? idos_human_id].filter((part) => part !== undefined).map(String);
  const asOf = typeof as_of === 'number' && Math.abs(as_of) <= 8.64e15 ? [`as of ${new Date(as_of).toISOString()}`] : [];
  return visible([time, event['detail-type'].padEnd(22), ...about, ...asOf].join('  '));
};
