/** Whether all cases run, as in `npm run test:all`, or only a sample. */
export const inFull = process.env.TEST_IN_FULL === 'true';

/** The first `count` cases, or all with `inFull`. For slow cases, such as those that start a local stack. */
export const sampleOf = <T>(cases: readonly T[], count: number): readonly T[] => (inFull ? cases : cases.slice(0, count));

/** fast-check settings: `full` random runs with `inFull`, otherwise `sample` runs with a fixed seed. */
export const runsOf = (full: number, sample: number): { readonly numRuns: number; readonly seed?: number } =>
  inFull ? { numRuns: full } : { numRuns: sample, seed: 1 };
