import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { subjectOf } from '../../functions/words/diagnosis-words.ts';
import { span } from '../../functions/words/span.ts';
import { borderless } from '../borderless.ts';
import { EXIT, explainError } from '../failure.ts';
import { nameOf } from '../message-name.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { asJson } from './as-json.ts';
import { isWide, perCause, prospectIn, typeOf } from './columns.ts';
import { remarkOnRelease } from './deployed-view.ts';
import { remarkOnHidden, withLetters } from './look.ts';

export interface ListOptions {
  readonly limit: number;
  readonly reveal: boolean;
  readonly json: boolean;
}

/** Shows every dead letter: per cause first, then one by one. @returns the exit status: 1 if there are any */
export const listLetters = async (target: Target, { limit, reveal, json }: ListOptions): Promise<number> => {
  const { deadLetters, hidden, tableProblem } = await withLetters(target, async (view) => view);
  if (json) printJson(deadLetters.map((one) => asJson(one, reveal)));
  else if (deadLetters.length === 0 && hidden === 0) console.log('The dead-letter queue is empty.');
  else {
    const shown = deadLetters.length > 0 ? [overview(deadLetters), perCause(deadLetters), oneByOne(deadLetters, limit)] : [];
    console.log(
      [
        ...shown,
        ...remarkOnHidden(hidden, deadLetters.length > 0),
        ...remarks(tableProblem),
        ...remarkOnRelease(target.release),
      ].join('\n\n'),
    );
  }
  return deadLetters.length === 0 && hidden === 0 ? EXIT.done : EXIT.problem;
};

const remarks = (tableProblem: unknown): string[] =>
  tableProblem ? [`What redriving would do is unknown, because the table cannot be read. ${explainError(tableProblem)}`] : [];

const overview = (deadLetters: readonly Diagnosis[]): string => {
  const soonest = deadLetters.reduce((least, { expiresAt }) => Math.min(least, expiresAt), Number.POSITIVE_INFINITY);
  return `${deadLetters.length} on the dead-letter queue; the first expires ${formatInstant(soonest)}, in ${span(soonest - Date.now())}`;
};

// A delivery id has 24 characters, SQS's message id 36.
const DELIVERY_ID = 24;

const oneByOne = (deadLetters: readonly Diagnosis[], limit: number): string => {
  const shown = deadLetters.slice(0, limit).map((one) => ({ one, name: nameOf(one.deadLetter) }));
  // Ids are never cut, because commands take them: a narrow terminal with longer ones has no room for the type.
  const hasType = isWide() || shown.every(({ name }) => name.length <= DELIVERY_ID);
  const details = isWide() ? ['CONCERNS', 'ARRIVED'] : [];
  const table = borderless(['ID', ...(hasType ? ['TYPE'] : []), ...details, 'EXPIRES', 'IF REDRIVEN NOW']);
  for (const { one, name } of shown) {
    const arrived = formatInstant(Math.floor(one.firstArrivedAt / 1_000) * 1_000);
    table.push([
      name,
      ...(hasType ? [typeOf(one)] : []),
      ...(isWide() ? [subjectOf(one), arrived] : []),
      `in ${span(one.expiresAt - Date.now())}`,
      prospectIn(one),
    ]);
  }
  const more = deadLetters.length - limit;
  return more > 0 ? `${table.toString()}\n… and ${more} more (--limit ${deadLetters.length} lists all)` : table.toString();
};
