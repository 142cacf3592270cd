import { setTimeout as wait } from 'node:timers/promises';
import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { span } from '../../functions/core/diagnosis-words.ts';
import { EXIT } from '../failure.ts';
import type { Target } from '../target.ts';
import { perCause } from './columns.ts';
import { withLetters } from './look.ts';

export interface WatchOptions {
  /** Seconds between two looks. */
  readonly every: number;
  /** Looks until it ends; without it, it goes on until it is interrupted. */
  readonly times: number | undefined;
  readonly json: boolean;
}

interface Seen {
  readonly at: number;
  readonly deadLetters: readonly Diagnosis[];
  readonly queued: number;
  readonly hidden: number;
}

const HOME_AND_CLEAR = '\u001b[H\u001b[2J';

/** Shows, again and again, what is on the dead-letter queue, and how that and the queue change, as long as somebody reads it. */
export const watch = async (target: Target, { every, times = Number.POSITIVE_INFINITY, json }: WatchOptions): Promise<number> => {
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  let before: Seen | undefined;
  for (let look = 1; look <= times && !unread.signal.aborted; look += 1) {
    const seen: Seen = await withLetters(target, async ({ deadLetters, queued, hidden }) => ({
      at: Date.now(),
      deadLetters,
      queued,
      hidden,
    }));
    if (json) console.log(JSON.stringify(asCounts(seen)));
    else
      process.stdout.write(
        `${process.stdout.isTTY ? HOME_AND_CLEAR : ''}${screen(seen, before)}${look < times ? `\n\nevery ${every} s; Ctrl-C ends it` : ''}\n`,
      );
    before = seen;
    if (look < times) await wait(every * 1_000, undefined, { signal: unread.signal }).catch(() => {});
  }
  return EXIT.done;
};

const asCounts = ({ at, deadLetters, queued, hidden }: Seen) => ({
  at: new Date(at).toISOString(),
  dead_letters: deadLetters.length,
  hidden,
  queued,
  by_cause: Object.fromEntries([...Map.groupBy(deadLetters, ({ cause }) => cause)].map(([cause, some]) => [cause, some.length])),
});

const screen = (seen: Seen, before: Seen | undefined): string => {
  const { at, deadLetters, queued, hidden } = seen;
  const [oldest] = deadLetters;
  const perMinute = before && Math.round(((deadLetters.length - before.deadLetters.length) / (at - before.at)) * 60_000);
  const facts = [
    new Date(at).toISOString().slice(11, 19),
    `${deadLetters.length} dead letters`,
    ...(hidden > 0 ? [`${hidden} hidden`] : []),
    ...(oldest ? [`oldest ${span(at - oldest.firstArrivedAt)}`] : []),
    ...(perMinute === undefined ? [] : [`${perMinute < 0 ? '' : '+'}${perMinute}/min`]),
    `${queued} queued`,
  ];
  const unseen = hidden > 0 ? 'None can be seen now: somebody else has them in their hands.' : 'The dead-letter queue is empty.';
  const body = deadLetters.length > 0 ? perCause(deadLetters) : unseen;
  return `${facts.join(' · ')}\n\n${body}`;
};
