/** Counts of what happened, by name. */
export interface Tally {
  add(name: string, by?: number): void;
  counts(): Readonly<Record<string, number>>;
}

export const createTally = (): Tally => {
  const counts = new Map<string, number>();
  return {
    add: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    counts: () => Object.fromEntries([...counts].sort()),
  };
};
