import type { Difference } from '../core/comparison.ts';

/** How the table differs from what Fractal says, after a count or a name. */
export const DIFFERENCE_WORDS: Readonly<Record<Difference, string>> = {
  missing: 'missing here',
  different: 'different',
  contested: 'contested here, settled there',
  only_here: 'only here',
  erased: 'erased here',
  unsettled: 'pending, expired or unknown there',
  contradicting: 'listed twice with different statuses',
  joined: 'joined, which says nothing about its parts',
  unknown: 'known neither here nor there',
};
