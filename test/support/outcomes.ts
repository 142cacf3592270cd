/**
 * The outcomes of all deliveries of one notification, from the output of the stack. A write that timed out on a busy machine but
 * succeeded shows up as a duplicate on the retry; it counts as applied.
 */
export const outcomesOf = (output: string, id: string): string[] => {
  const printed = [...output.matchAll(new RegExp(`(applied|duplicate|stale|contested|unchanged|failed) +${id}`, 'g'))].map(
    ([, kind]) => kind as string,
  );
  const outcomes = printed.filter((kind) => kind !== 'failed');
  const first = outcomes.indexOf('duplicate');
  if (printed.includes('failed') && !outcomes.includes('applied') && first >= 0) outcomes[first] = 'applied';
  return outcomes;
};
