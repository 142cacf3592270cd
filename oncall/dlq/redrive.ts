import { setTimeout as wait } from 'node:timers/promises';
import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { identityOf, predictOutcome, type State } from '../../functions/core/state.ts';
import { count } from '../../functions/words/count.ts';
import { PROSPECT_WORDS } from '../../functions/words/diagnosis-words.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT, explainError } from '../failure.ts';
import { moveEach } from '../move-each.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { asJson } from './as-json.ts';
import { remarkOnRelease } from './deployed-view.ts';
import { remarkOnHidden, withLetters } from './look.ts';
import { type Selection, select, unseenBy } from './selection.ts';

export interface RedriveOptions {
  readonly selection: Selection;
  readonly yes: boolean;
  /** Whether to send messages that would fail again. A message selected by its id is always sent. */
  readonly evenIfFailing: boolean;
  /** Messages per second, at most. */
  readonly rate: number;
  readonly json: boolean;
}

// How long to wait until the table shows the first messages.
const SHOWN_WITHIN_MS = 60_000;
const POLL_EVERY_MS = 250;

/**
 * Sends messages back to the main queue; without `yes` it is a dry run. The newest message of each item is sent first, and the
 * others once the table shows it. So the outcomes are those of the dry run, in whatever order SQS delivers the messages.
 *
 * @returns the exit status: 1 if some messages could not be sent
 */
export const redrive = (target: Target, { selection, yes, evenIfFailing, rate, json }: RedriveOptions): Promise<number> =>
  withLetters(
    target,
    async ({ deadLetters, hidden, queue, tableProblem, explainAmong, held, stopping }) => {
      const chosen = explainAmong(select(deadLetters, selection, Date.now()));
      const [skipped, selected] = partition(chosen, (one) => comesBack(one) && !evenIfFailing && selection.id === undefined);
      const unseen = unseenBy(selection, chosen.length, hidden);
      const remarks = [...remarkOn(skipped), ...remarkOnHidden(unseen), ...remarkOnRelease(target.release)];
      const status = unseen === 0 ? EXIT.done : EXIT.problem;
      if (!yes) {
        if (json) {
          const [messages, left] = [selected, skipped].map((some) => some.map((one) => asJson(one, false)));
          printJson({ dry_run: true, messages, skipped: left, hidden: unseen });
        } else {
          console.log([summary(selected), ...remarks, 'This was a dry run: nothing was sent. Add --yes to send.'].join('\n'));
        }
        return status;
      }
      if (tableProblem) {
        throw new CannotRunError(
          `The table cannot be read, so the messages would fail again. Retry once ${CALLED} doctor${target.options} reports no problem with the table. ${explainError(tableProblem, target)}`,
        );
      }
      const send = async (one: Diagnosis): Promise<void> => {
        stopping.throwIfAborted();
        held.stillHeld();
        await queue.redrive(one.deadLetter);
        held.taken(one.deadLetter);
      };
      const [first, then] = partition(selected, ({ prospect }) => prospect === 'would_apply');
      let { done, failure } = await moveEach(first, rate, send);
      if (!failure) {
        try {
          await shown(target, itemsOfBoth(first, then), stopping);
          const rest = await moveEach(then, rate, send);
          done += rest.done;
          failure = rest.failure;
        } catch (error) {
          failure = error;
        }
      }
      const left = deadLetters.length + hidden - done;
      if (json) {
        const counts = { redriven: done, of: selected.length, skipped: skipped.length, hidden: unseen };
        printJson({ dry_run: false, ...counts });
      } else {
        const sent = `${done} of ${selected.length} sent back to the queue.`;
        console.log(
          [`${sent} ${count(left, 'message is', 'messages are')} left on the dead-letter queue.`, ...remarks].join('\n'),
        );
      }
      if (failure) console.error(`error: ${explainError(failure, target)}`);
      return done === selected.length ? status : EXIT.problem;
    },
    (messages) => 120 + Math.ceil(messages / Math.min(25, rate)),
  );

const partition = <T>(all: readonly T[], belongsFirst: (one: T) => boolean): [T[], T[]] => [
  all.filter(belongsFirst),
  all.filter((one) => !belongsFirst(one)),
];

/** The states of `first` whose item is also that of some of `then`. */
const itemsOfBoth = (first: readonly Diagnosis[], then: readonly Diagnosis[]): State[] => {
  const awaited = new Set(then.flatMap(({ state }) => state ?? []).map(identityOf));
  return first.flatMap(({ state }) => (state && awaited.has(identityOf(state)) ? [state] : []));
};

/** Waits until the table shows these states or newer ones, for a minute at most: the rule of the table makes any order safe. */
const shown = async (target: Target, states: readonly State[], stopping: AbortSignal): Promise<void> => {
  const table = stateReaderOf(target);
  for (const started = Date.now(); Date.now() - started < SHOWN_WITHIN_MS; await wait(POLL_EVERY_MS)) {
    stopping.throwIfAborted();
    const items = await table.many(states.map(({ key }) => key));
    if (states.every((state) => predictOutcome(state, items.get(identityOf(state))) !== 'applied')) return;
  }
};

/** Whether the message would, or might, fail five times, trigger alarms, and return with a new expiry. */
const comesBack = ({ problem }: Diagnosis): boolean => problem !== undefined;

const remarkOn = (skipped: readonly Diagnosis[]): string[] =>
  skipped.length === 0
    ? []
    : [`${skipped.length} skipped, because they would or might fail again (--even-if-failing sends them anyway).`];

const summary = (selected: readonly Diagnosis[]): string => {
  const counts = Map.groupBy(selected, ({ prospect }) => prospect);
  const lines = [...counts].map(([prospect, some]) => `${String(some.length).padStart(8)}  ${PROSPECT_WORDS[prospect]}`);
  if (selected.length === 0) return 'No messages would be sent.';
  const returning = selected.some(comesBack) ? ['Messages that fail return here after five attempts.'] : [];
  return [`${selected.length} would be sent back to the queue:`, ...lines, ...returning].join('\n');
};
