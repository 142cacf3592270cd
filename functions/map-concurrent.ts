/** Calls `work` for each item, in order, with at most `concurrency` calls at a time. After a failure it starts no more, and throws. */
export const mapConcurrent = async <T>(
  concurrency: number,
  all: readonly T[],
  work: (one: T) => Promise<void>,
): Promise<void> => {
  const left = all.values();
  let failed = false;
  const worker = async () => {
    for (const one of left) {
      if (failed) return;
      await work(one).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(concurrency, all.length) }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
};
