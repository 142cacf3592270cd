/**
 * Changes the order per round; all orders of three are equally frequent. Work that one leaves to an engine then slows all
 * others alike.
 */
export const inTurn = <T>(all: readonly T[], round: number): T[] => {
  const begin = round % all.length;
  const rotated = [...all.slice(begin), ...all.slice(0, begin)];
  return Math.floor(round / all.length) % 2 === 0 ? rotated : rotated.toReversed();
};
