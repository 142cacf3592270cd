const MINUTE = 60_000;
const UNITS = [
  ['d', 24 * 60 * MINUTE],
  ['h', 60 * MINUTE],
  ['min', MINUTE],
  ['s', 1_000],
] as const;

/** A duration in milliseconds, in its largest whole unit: `3 h`. */
export const span = (ms: number): string => {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.floor(Math.max(0, ms) / size)} ${unit}`;
};
