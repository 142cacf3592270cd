/** The quantile of the values, with linear interpolation. @param part from 0 to 1 */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [below = Number.NaN, above = below] = sorted.slice(Math.floor(place));
  return below + (above - below) * (place % 1);
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A median with the lower and the upper quartile. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});

/** The ratios of two series, round by round. */
export const ratios = (of: readonly number[], beside: readonly number[]): number[] =>
  of.map((value, round) => value / (beside[round] ?? Number.NaN));
