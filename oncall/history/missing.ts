import { envelopeOfRecord, stateOfRecord } from '../../functions/core/record.ts';
import { compareStates, identityOf, itemAfter, type StoredItem } from '../../functions/core/state.ts';
import type { Stated } from '../apply-through-queue.ts';

/** The deliveries that change an item of the table, the one that decides first: most items need no other. */
export const missingIn = (items: readonly StoredItem[], records: readonly StoredItem[]): Stated[] => {
  const now = new Map(items.map((item) => [identityOf({ key: { pk: String(item.pk), sk: String(item.sk) } }), item]));
  const deliveries = records.flatMap((record): Stated[] => {
    const [envelope, state] = [envelopeOfRecord(record), stateOfRecord(record)];
    return envelope && state && !state.asksNothing ? [{ envelope, state }] : [];
  });
  return deliveries
    .sort((a, b) =>
      a.state.key.sk === b.state.key.sk ? compareStates(b.state, a.state) : a.state.key.sk < b.state.key.sk ? -1 : 1,
    )
    .filter(({ state }) => {
      const identity = identityOf(state);
      const before = now.get(identity);
      const after = itemAfter(state, before);
      now.set(identity, after);
      return !before || Object.keys(after).some((name) => after[name] !== before[name]);
    });
};
