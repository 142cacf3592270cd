import * as v from 'valibot';
import { decisive, partsOf } from '../functions/core/comparison.ts';
import { about, isKeyOf, KRAKEN_LEVEL, LEVEL } from '../functions/core/facets.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { KrakenItem, LevelItem } from './item-schemas.ts';
import type { ApprovalOptions, Level } from './items.ts';

const DAY_MS = 86_400_000;

/**
 * Whether all of these levels are approved now; `false` for an empty list. For each level, the newest item that has it decides.
 *
 * @throws RangeError if `maxAgeDays` is not above 0
 */
export const areApproved = (
  known: readonly Level[],
  levels: readonly string[],
  { maxAgeDays = Number.POSITIVE_INFINITY }: ApprovalOptions = {},
): boolean => {
  if (!(maxAgeDays > 0)) throw new RangeError('maxAgeDays must be a number above 0.');
  const wanted = levels.flatMap(partsOf);
  const since = Date.now() - maxAgeDays * DAY_MS;
  // What Fractal states without a time is of any age.
  const isGood = (one: Level | undefined) =>
    one?.status === 'approved' && (maxAgeDays === Number.POSITIVE_INFINITY || Date.parse(one.timestamp ?? '') >= since);
  return wanted.length > 0 && wanted.every((part) => isGood(decisive(known, part)));
};

/** The levels among these items, in the receiver's form. */
export const levelsIn = (items: readonly StoredItem[]): Level[] =>
  about(LEVEL, items).flatMap((item) => {
    const isResult = isKeyOf(KRAKEN_LEVEL, { pk: String(item.pk), sk: String(item.sk) });
    const parsed = v.safeParse(isResult ? KrakenItem : LevelItem, item);
    return parsed.success ? [parsed.output] : [];
  });
