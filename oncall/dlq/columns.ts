import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { PROSPECT_WORDS, prospectOf } from '../../functions/words/diagnosis-words.ts';
import { maskEmailsIn } from '../../functions/words/mask.ts';
import { span } from '../../functions/words/span.ts';
import { visible } from '../../functions/words/visible.ts';
import { borderless } from '../borderless.ts';

const WIDE_FROM = 150;

/** Whether there is room for all columns. A narrow terminal omits those that `dlq show` has. */
export const isWide = (): boolean => !process.stdout.isTTY || process.stdout.columns >= WIDE_FROM;

/** The counts per cause, largest first. */
export const perCause = (deadLetters: readonly Diagnosis[]): string => {
  const groups = Map.groupBy(deadLetters, (one) => JSON.stringify([one.cause, isWide() && one.type, prospectIn(one)]));
  const table = borderless(['COUNT', 'CAUSE', ...(isWide() ? ['TYPE'] : []), 'IF REDRIVEN NOW', 'OLDEST']);
  for (const group of [...groups.values()].sort((a, b) => b.length - a.length)) {
    const [oldest] = group as [Diagnosis];
    const type = isWide() ? [typeOf(oldest)] : [];
    const age = span(Date.now() - oldest.firstArrivedAt);
    const why = maskEmailsIn(visible(oldest.cause)).slice(0, isWide() ? undefined : 42);
    table.push([group.length, why, ...type, prospectIn(oldest), age]);
  }
  return table.toString();
};

export const prospectIn = (one: Diagnosis): string => (isWide() ? prospectOf(one) : PROSPECT_WORDS[one.prospect]);

export const typeOf = ({ type }: Diagnosis): string => maskEmailsIn(visible(type ?? '–')).slice(0, isWide() ? 40 : 22);
