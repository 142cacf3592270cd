/** Does this for each, in order, with so many under way at once. The first that throws ends it, when those under way are done. */
export const mapConcurrent = async <T>(lanes: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  const left = all.values();
  let failed = false;
  const lane = async () => {
    for (const one of left) {
      if (failed) return;
      await work(one).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
};
