import type { Expected, Planned } from './plan.ts';

/**
 * The expected end state of an item. Its size does not depend on the number of deliveries. For items ordered by Fractal's time:
 * the newest sent and the newest acknowledged state. For e-mail addresses: the last acknowledged one, and those sent since,
 * which may have arrived.
 */
export interface Entry {
  sent: Expected;
  acknowledged: Expected | undefined;
  /** E-mail addresses that may have arrived after the acknowledged one. */
  perhaps: Expected[];
}

export const createJournal = () => {
  const entries = new Map<string, Entry>();
  const parked = new Set<string>();
  const entryOf = (expected: Expected): Entry => {
    const key = keyOf(expected);
    const entry = entries.get(key) ?? { sent: expected, acknowledged: undefined, perhaps: [] };
    entries.set(key, entry);
    return entry;
  };
  return {
    entries,
    /** The ids of deliveries that were answered `parked`. */
    parked,
    sending: ({ expected }: Planned): void => {
      if (!expected) return;
      const entry = entryOf(expected);
      if (expected.order === 'receipt') entry.perhaps.push(expected);
      else if (isNewer(expected, entry.sent)) entry.sent = expected;
    },
    acknowledged: ({ expected }: Planned, answer: { readonly status: string; readonly id: string }): void => {
      if (answer.status === 'parked') parked.add(answer.id);
      if (!expected) return;
      const entry = entryOf(expected);
      if (expected.order === 'receipt') {
        entry.acknowledged = expected;
        entry.perhaps = [];
      } else if (!entry.acknowledged || isNewer(expected, entry.acknowledged)) entry.acknowledged = expected;
    },
  };
};

export type Journal = ReturnType<typeof createJournal>;

export const keyOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => `${pk} ${sk}`;

/** Whether `a` has the later time, or the stricter status at the same time. */
export const isNewer = (a: Expected, b: Expected): boolean => {
  if (a.order === 'receipt' || b.order === 'receipt') return true;
  return a.order[0] !== b.order[0] ? a.order[0] > b.order[0] : a.order[1] > b.order[1];
};
