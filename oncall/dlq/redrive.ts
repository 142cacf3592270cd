import { EXIT, explain as inWords } from '../failure.ts';
import type { Target } from '../target.ts';
import type { Explained } from './explain.ts';
import { withLetters } from './look.ts';
import { moveEach } from './move.ts';
import { type Selection, select } from './selection.ts';
import { asJson, PROSPECT_WORDS } from './words.ts';

export interface RedriveOptions {
  readonly selection: Selection;
  readonly yes: boolean;
  /** Messages per second, at most. */
  readonly rate: number;
  readonly json: boolean;
}

/** Sends messages back to the queue; without `yes`, says only what that would do. @returns the exit status: 1 if some could not be sent */
export const redrive = (target: Target, { selection, yes, rate, json }: RedriveOptions): Promise<number> =>
  withLetters(
    target,
    async (all, queue, taken) => {
      // Of one item the newest goes first, so that the others find what they were promised.
      const selected = select(all, selection, Date.now()).sort((a, b) => rank(a) - rank(b));
      if (!yes) {
        if (json) console.log(JSON.stringify({ dry_run: true, messages: selected.map((one) => asJson(one, false)) }));
        else console.log(`${summary(selected)}\nThis was a dry run: nothing has moved. --yes does it.`);
        return EXIT.done;
      }
      const { done, failure } = await moveEach(selected, rate, async (one) => {
        await queue.redrive(one.letter);
        taken(one);
      });
      if (json) console.log(JSON.stringify({ dry_run: false, redriven: done, of: selected.length }));
      else
        console.log(
          `${done} of ${selected.length} sent back to the queue. ${all.length - done} are left on the dead-letter queue.`,
        );
      if (failure) console.error(`error: ${inWords(failure)}`);
      return done === selected.length ? EXIT.done : EXIT.notAsItShouldBe;
    },
    (count) => Math.min(43_200, 60 + Math.ceil(count / Math.min(200, rate))),
  );

const rank = ({ prospect }: Explained): number => (prospect === 'would_apply' ? 0 : 1);

const summary = (selected: readonly Explained[]): string => {
  const counts = Map.groupBy(selected, ({ prospect }) => prospect);
  const lines = [...counts].map(([prospect, some]) => `${String(some.length).padStart(8)}  ${PROSPECT_WORDS[prospect]}`);
  return [`${selected.length} would be sent back to the queue:`, ...lines].join('\n');
};
