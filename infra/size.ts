import type { Settings } from './settings.ts';

/**
 * How long the functions take on AWS, in seconds: 10 ms per call, and the CPU that the bench measures on a whole core, on the 0.29 of a
 * core that 512 MiB have (AWS: a core per 1,769 MB).
 */
export const SERVICE_TIMES = {
  ingest: 0.013,
  coldStart: 0.3,
  applyBatch: 0.02,
  applyEach: 0.0022,
  publishBatch: 0.01,
  publishEach: 0.0017,
} as const;

/** What a new on-demand table takes at once, in write units per second, and at most without a higher quota (AWS). */
const NEW_TABLE = 4_000;
const TABLE_AT_MOST = 40_000;
/** A new table's stream has a shard per partition, and four of them (AWS). A partition takes a thousand writes per second (AWS). */
const FEWEST_SHARDS = 4;
const WRITES_PER_SHARD = 1_000;
/** Twice what is expected: retries after an outage come beside what is new. */
const HEADROOM = 2;

/** The settings that this many notifications per second need. */
export const sizeOf = (expectedPerSecond: number) => {
  const batchWindowSeconds = expectedPerSecond >= 20 ? 1 : 0;
  const peak = HEADROOM * expectedPerSecond;
  return {
    throttleRate: within(50, peak, 10_000),
    throttleBurst: within(100, peak, 5_000),
    batchWindowSeconds,
    applyConcurrency: within(10, Math.ceil(peak / appliedBy(1, { batchWindowSeconds })), 1_000),
    streamParallelization: within(1, Math.ceil(peak / publishedBy(1, peak)), 10),
    ...(peak > NEW_TABLE && { warmWrites: within(NEW_TABLE, peak, TABLE_AT_MOST) }),
  };
};

const within = (least: number, value: number, most: number): number => Math.min(Math.max(least, value), most);

/** How many notifications per second this many batches at once apply. */
export const appliedBy = (concurrency: number, { batchWindowSeconds }: Pick<Settings, 'batchWindowSeconds'>): number => {
  const batch = batchWindowSeconds > 0 ? 100 : 10;
  return (concurrency * batch) / (SERVICE_TIMES.applyBatch + batch * SERVICE_TIMES.applyEach);
};

/** How many changes per second are published from a table that takes this many writes. */
export const publishedBy = (parallelization: number, writes: number): number => {
  const batch = 100;
  const shards = Math.max(FEWEST_SHARDS, Math.ceil(writes / WRITES_PER_SHARD));
  return (shards * parallelization * batch) / (SERVICE_TIMES.publishBatch * (batch / 10) + batch * SERVICE_TIMES.publishEach);
};

/** Settings that contradict what is expected. */
export const sizeProblems = (settings: Settings): string[] => {
  const {
    expectedPerSecond: expected,
    throttleRate,
    applyConcurrency,
    changeEvents,
    streamParallelization,
    warmWrites,
  } = settings;
  if (expected === undefined) return [];
  const applied = Math.floor(appliedBy(applyConcurrency, settings));
  const published = Math.floor(publishedBy(streamParallelization, Math.max(warmWrites ?? 0, expected)));
  return [
    ...(throttleRate < expected
      ? [`throttleRate is ${throttleRate}, below expectedPerSecond, which is ${expected}: the others would get 429`]
      : []),
    ...(applied < expected
      ? [`applyConcurrency is ${applyConcurrency}, which applies about ${applied} per second; expectedPerSecond is ${expected}`]
      : []),
    ...(changeEvents && published < expected
      ? [
          `streamParallelization is ${streamParallelization}, which publishes about ${published} per second; expectedPerSecond is ${expected}`,
        ]
      : []),
    ...(warmWrites !== undefined && warmWrites < expected
      ? [`warmWrites is ${warmWrites}, below expectedPerSecond, which is ${expected}: writes would be throttled at first`]
      : []),
  ];
};
