/** Whether everything is tried, as `npm run test:all` does, or a sample. */
export const inFull = process.env.TEST_IN_FULL === 'true';

/**
 * The first of these cases, as many as a sample has; all of them in full. For cases that take long, such as a local stack each.
 */
export const sampleOf = <T>(cases: readonly T[], count: number): readonly T[] => (inFull ? cases : cases.slice(0, count));

/** The settings of a property: so many random runs in full, and in a sample so many that are the same every time. */
export const runsOf = (full: number, sample: number): { readonly numRuns: number; readonly seed?: number } =>
  inFull ? { numRuns: full } : { numRuns: sample, seed: 1 };
