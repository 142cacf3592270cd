import type { Planned, Said } from './plan.ts';

/**
 * What must be true in the end, kept per item: as many entries as there are users and levels, however many deliveries.
 * Of an item ordered by Fractal's time the newest that was sent and the newest that was acknowledged; of an e-mail address
 * the last acknowledged, and those that were sent since and perhaps arrived.
 */
export interface Entry {
  sent: Said;
  acknowledged: Said | undefined;
  /** E-mail addresses that may have arrived after the acknowledged one. */
  perhaps: Said[];
}

export const createJournal = () => {
  const entries = new Map<string, Entry>();
  const parked = new Set<string>();
  const entryOf = (said: Said): Entry => {
    const key = keyOf(said);
    const entry = entries.get(key) ?? { sent: said, acknowledged: undefined, perhaps: [] };
    entries.set(key, entry);
    return entry;
  };
  return {
    entries,
    /** The ids of what was answered to be parked. */
    parked,
    sending: ({ said }: Planned): void => {
      if (!said) return;
      const entry = entryOf(said);
      if (said.order === 'receipt') entry.perhaps.push(said);
      else if (isNewer(said, entry.sent)) entry.sent = said;
    },
    acknowledged: ({ said }: Planned, answer: { readonly status: string; readonly id: string }): void => {
      if (answer.status === 'parked') parked.add(answer.id);
      if (!said) return;
      const entry = entryOf(said);
      if (said.order === 'receipt') {
        entry.acknowledged = said;
        entry.perhaps = [];
      } else if (!entry.acknowledged || isNewer(said, entry.acknowledged)) entry.acknowledged = said;
    },
  };
};

export type Journal = ReturnType<typeof createJournal>;

export const keyOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }): string => `${pk} ${sk}`;

/** Plainly: the later moment, or the stricter status of the same. */
export const isNewer = (a: Said, b: Said): boolean => {
  if (a.order === 'receipt' || b.order === 'receipt') return true;
  return a.order[0] !== b.order[0] ? a.order[0] > b.order[0] : a.order[1] > b.order[1];
};
