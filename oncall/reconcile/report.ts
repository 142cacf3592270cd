import { DIFFERENCES, type Difference, type Finding } from '../../functions/core/comparison.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import type { Compared } from '../../functions/reconcile/compare-with-fractal.ts';
import { count } from '../../functions/words/count.ts';
import { DIFFERENCE_WORDS } from '../../functions/words/difference-words.ts';
import { visible } from '../../functions/words/visible.ts';
import { printJson } from '../print-json.ts';

// Of each kind; the JSON output has all of them.
const SHOWN_AT_MOST = 20;

/** Prints a comparison for a person. */
export const printComparison = ({ same, findings, cut, unreadable, unanswered, notCompared }: Compared): void => {
  for (const what of DIFFERENCES) {
    const those = findings.filter((one) => one.what === what);
    for (const one of those.slice(0, SHOWN_AT_MOST)) console.log(inWords(one));
    const more = those.length - SHOWN_AT_MOST;
    if (more > 0) console.log(`… and ${more} more ${DIFFERENCE_WORDS[what]}: --json lists all of them.`);
  }
  const counts = Object.entries(countsOf(findings)).map(([what, n]) => `, ${n} ${DIFFERENCE_WORDS[what as Difference]}`);
  console.log(`${same} the same${counts.join('')}.`);
  if (cut !== undefined) console.log(`The list may not have everything: ${cut}. So nothing counts as being only here.`);
  if (unreadable > 0) console.log(`${count(unreadable, 'row')} of the list not understood.`);
  if (unanswered > 0) console.log(`Kraken gave no answer about ${count(unanswered, 'user')}. Repeat the command later.`);
  if (notCompared.classic > 0)
    console.log(`Not compared: ${count(notCompared.classic, 'level')} of the classic product, whose credentials are missing.`);
  if (notCompared.kraken > 0)
    console.log(
      `Not compared: ${count(notCompared.kraken, 'result')} of Kraken, whose credentials are missing or whose staging is not known (--kraken-url).`,
    );
};

/** Prints a line per difference, and the counts. */
export const printComparisonAsJson = (
  { same, findings, cut, unreadable, unanswered, notCompared }: Compared,
  more: { readonly healable: number; readonly healed: number },
): void => {
  for (const { what, user_id, level, theirs, ours, heals } of findings)
    printJson({
      what,
      user_id,
      level,
      theirs,
      ours: ours?.status ?? null,
      since: ours ? formatInstant(ours.as_of) : null,
      heals,
    });
  const counts = { ...countsOf(findings), unreadable, unanswered, not_compared: notCompared.classic + notCompared.kraken };
  printJson({ same, ...counts, cut: cut ?? null, ...more });
};

const countsOf = (findings: readonly Finding[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    DIFFERENCES.flatMap((what) => {
      const { length } = findings.filter((one) => one.what === what);
      return length > 0 ? [[what, length]] : [];
    }),
  );

const inWords = ({ what, user_id, level, theirs, ours }: Finding): string =>
  [
    `${visible(user_id)} ${visible(level)}: ${DIFFERENCE_WORDS[what]}`,
    ...(theirs === null ? [] : [`Fractal says ${visible(theirs)}`]),
    ...(ours ? [`the table says ${ours.status}${ours.as_of > 0 ? `, since ${formatInstant(ours.as_of)}` : ''}`] : []),
  ].join('; ');
