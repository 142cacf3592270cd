/**
 * What became of every delivery of one notification, by what its stack has printed. A write that was given up on a busy machine
 * and took place nevertheless is a duplicate the next time: it was applied.
 */
export const outcomesOf = (output: string, id: string): string[] => {
  const printed = [...output.matchAll(new RegExp(`(applied|duplicate|stale|failed) +${id}`, 'g'))].map(
    ([, kind]) => kind as string,
  );
  const outcomes = printed.filter((kind) => kind !== 'failed');
  const first = outcomes.indexOf('duplicate');
  if (printed.includes('failed') && !outcomes.includes('applied') && first >= 0) outcomes[first] = 'applied';
  return outcomes;
};
