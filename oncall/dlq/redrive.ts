import { setTimeout as wait } from 'node:timers/promises';
import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { asJson, PROSPECT_WORDS } from '../../functions/core/diagnosis-words.ts';
import { identityOf, outcomeBeside, type State } from '../../functions/core/state.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT, explain as inWords } from '../failure.ts';
import { createStateReader } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { withLetters } from './look.ts';
import { moveEach } from './move.ts';
import { type Selection, select } from './selection.ts';

export interface RedriveOptions {
  readonly selection: Selection;
  readonly yes: boolean;
  /** Whether those are sent too that would only come back. One that is named by its id always is. */
  readonly evenIfFailing: boolean;
  /** Messages per second, at most. */
  readonly rate: number;
  readonly json: boolean;
}

// How long the table may take to show what was sent back first, in milliseconds.
const SHOWN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 250;

/**
 * Sends messages back to the queue; without `yes`, says only what that would do. Of one item the newest goes first, and the
 * others when the table shows it: so they become what was promised, in whatever order SQS hands them out.
 *
 * @returns the exit status: 1 if some could not be sent
 */
export const redrive = (target: Target, { selection, yes, evenIfFailing, rate, json }: RedriveOptions): Promise<number> =>
  withLetters(
    target,
    async ({ deadLetters, queue, tableProblem, explainAmong, taken }) => {
      const chosen = explainAmong(select(deadLetters, selection, Date.now()));
      const [skipped, selected] = partition(chosen, (one) => comesBack(one) && !evenIfFailing && selection.id === undefined);
      if (!yes) {
        if (json) {
          const messages = selected.map((one) => asJson(one, false));
          console.log(JSON.stringify({ dry_run: true, messages, skipped: skipped.map((one) => asJson(one, false)) }));
        } else {
          console.log(
            [summary(selected), ...remarkOn(skipped), 'This was a dry run: nothing has moved. --yes does it.'].join('\n'),
          );
        }
        return EXIT.done;
      }
      if (tableProblem) {
        throw new CannotRunError(
          `The table can not be read, so what is sent back now would only come here again. ${inWords(tableProblem)} When ${CALLED} doctor is content, repeat this.`,
        );
      }
      const send = async (one: Diagnosis): Promise<void> => {
        await queue.redrive(one.deadLetter);
        taken(one);
      };
      const [first, then] = partition(selected, ({ prospect }) => prospect === 'would_apply');
      let { done, failure } = await moveEach(first, rate, send);
      if (!failure && then.length > 0) {
        await shown(target, itemsOfBoth(first, then));
        const rest = await moveEach(then, rate, send);
        done += rest.done;
        failure = rest.failure;
      }
      if (json) console.log(JSON.stringify({ dry_run: false, redriven: done, of: selected.length, skipped: skipped.length }));
      else {
        const left = `${deadLetters.length - done} are left on the dead-letter queue.`;
        console.log([`${done} of ${selected.length} sent back to the queue. ${left}`, ...remarkOn(skipped)].join('\n'));
      }
      if (failure) console.error(`error: ${inWords(failure)}`);
      return done === selected.length ? EXIT.done : EXIT.notAsItShouldBe;
    },
    (count) => 120 + Math.ceil(count / Math.min(200, rate)),
  );

const partition = <T>(all: readonly T[], belongsFirst: (one: T) => boolean): [T[], T[]] => [
  all.filter(belongsFirst),
  all.filter((one) => !belongsFirst(one)),
];

/** The states of `first` whose item is also that of some of `then`. */
const itemsOfBoth = (first: readonly Diagnosis[], then: readonly Diagnosis[]): State[] => {
  const awaited = new Set(then.flatMap(({ state }) => (state ? [identityOf(state)] : [])));
  return first.flatMap(({ state }) => (state && awaited.has(identityOf(state)) ? [state] : []));
};

/** Waits until the table shows these states, or newer ones; no longer than a minute, for the table's rule makes it right in any case. */
const shown = async (target: Target, states: readonly State[]): Promise<void> => {
  const table = createStateReader(target);
  for (const started = Date.now(); Date.now() - started < SHOWN_WITHIN_MS; await wait(LOOK_EVERY_MS)) {
    const items = await table.many(states.map(({ key }) => key));
    if (states.every((state) => outcomeBeside(state, items.get(identityOf(state))) !== 'applied')) return;
  }
};

/** Whether it would fail five times, ring alarms, and be here again with another expiry. */
const comesBack = ({ prospect }: Diagnosis): boolean => prospect === 'not_understood' || prospect === 'would_fail';

const remarkOn = (skipped: readonly Diagnosis[]): string[] =>
  skipped.length === 0
    ? []
    : [`${skipped.length} stay, since they would only fail and come back (--even-if-failing sends them all the same).`];

const summary = (selected: readonly Diagnosis[]): string => {
  const counts = Map.groupBy(selected, ({ prospect }) => prospect);
  const lines = [...counts].map(([prospect, some]) => `${String(some.length).padStart(8)}  ${PROSPECT_WORDS[prospect]}`);
  if (selected.length === 0) return 'Nothing would be sent.';
  const returning = selected.some(comesBack) ? ['What fails comes back here after five attempts.'] : [];
  return [`${selected.length} would be sent back to the queue:`, ...lines, ...returning].join('\n');
};
