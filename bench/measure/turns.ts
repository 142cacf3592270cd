/** The same in another order each round, all orders alike for three: what one leaves an engine to do must not always meet the same next one. */
export const inTurn = <T>(all: readonly T[], round: number): T[] => {
  const begin = round % all.length;
  const rotated = [...all.slice(begin), ...all.slice(0, begin)];
  return Math.floor(round / all.length) % 2 === 0 ? rotated : rotated.toReversed();
};
