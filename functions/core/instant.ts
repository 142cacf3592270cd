import * as v from 'valibot';

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Parses an RFC 3339 time into epoch milliseconds, truncating smaller fractions.
 * `undefined` for anything else, including impossible dates: `Date.parse` alone turns February 30 into March 1.
 */
export const parseInstant = (text: string): number | undefined => {
  // Without a match, the day is 0.
  const [, year = 0, month = 0, day = 0] = (RFC_3339.exec(text) ?? []).map(Number);
  return day >= 1 && day <= daysIn(year, month) ? Date.parse(text) : undefined;
};

/** Formats epoch milliseconds as RFC 3339 in UTC, without a zero fraction. */
export const formatInstant = (epochMs: number): string => new Date(epochMs).toISOString().replace('.000Z', 'Z');

/** 0 for a month that does not exist. */
const daysIn = (year: number, month: number): number => {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
};

/** Transforms an RFC 3339 time into epoch milliseconds. */
export const InstantSchema = v.pipe(
  v.string('wrong_field'),
  v.rawTransform(({ dataset, addIssue, NEVER }): number => {
    const instant = parseInstant(dataset.value);
    if (instant !== undefined) return instant;
    addIssue({ message: 'impossible_time' });
    return NEVER;
  }),
);
