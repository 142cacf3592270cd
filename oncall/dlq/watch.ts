import { setTimeout as wait } from 'node:timers/promises';
import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { count } from '../../functions/words/count.ts';
import { maskEmailsIn } from '../../functions/words/mask.ts';
import { span } from '../../functions/words/span.ts';
import { EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { perCause } from './columns.ts';
import { withLetters } from './look.ts';

export interface WatchOptions {
  /** Seconds between two refreshes. */
  readonly every: number;
  /** Number of refreshes; `undefined` for no limit. */
  readonly times: number | undefined;
  readonly json: boolean;
}

interface Snapshot {
  readonly at: number;
  readonly deadLetters: readonly Diagnosis[];
  readonly queued: number;
  readonly hidden: number;
}

const HOME_AND_CLEAR = '\u001b[H\u001b[2J';

/** Shows the dead letters per cause, their growth, and the length of the main queue, until its output is closed. */
export const watch = async (target: Target, { every, times = Number.POSITIVE_INFINITY, json }: WatchOptions): Promise<number> => {
  const closed = new AbortController();
  const close = () => closed.abort();
  process.stdout.once('error', close);
  using _ = { [Symbol.dispose]: () => process.stdout.off('error', close) };
  let before: Snapshot | undefined;
  for (let refresh = 1; refresh <= times && !closed.signal.aborted; refresh += 1) {
    const seen: Snapshot = await withLetters(target, async ({ deadLetters, queued, hidden }) => ({
      at: Date.now(),
      deadLetters,
      queued,
      hidden,
    }));
    if (json) printJson(asCounts(seen));
    else
      process.stdout.write(
        `${process.stdout.isTTY ? HOME_AND_CLEAR : ''}${screen(seen, before)}${refresh < times ? `\n\nevery ${every} s; Ctrl-C to stop` : ''}\n`,
      );
    before = seen;
    if (refresh < times) await wait(every * 1_000, undefined, { signal: closed.signal }).catch(() => {});
  }
  return EXIT.done;
};

const asCounts = ({ at, deadLetters, queued, hidden }: Snapshot) => ({
  at: new Date(at).toISOString(),
  dead_letters: deadLetters.length,
  hidden,
  queued,
  by_cause: Object.fromEntries(
    [...Map.groupBy(deadLetters, ({ cause }) => maskEmailsIn(cause))].map(([cause, some]) => [cause, some.length]),
  ),
});

const screen = (seen: Snapshot, before: Snapshot | undefined): string => {
  const { at, deadLetters, queued, hidden } = seen;
  const [oldest] = deadLetters;
  const perMinute = before && Math.round(((deadLetters.length - before.deadLetters.length) / (at - before.at)) * 60_000);
  const facts = [
    new Date(at).toISOString().slice(11, 19),
    count(deadLetters.length, 'dead letter'),
    ...(hidden > 0 ? [`${hidden} hidden`] : []),
    ...(oldest ? [`oldest ${span(at - oldest.firstArrivedAt)}`] : []),
    ...(perMinute === undefined ? [] : [`${perMinute < 0 ? '' : '+'}${perMinute}/min`]),
    `${queued} on the main queue`,
  ];
  const unseen = hidden > 0 ? 'None can be read now: another reader has received them.' : 'The dead-letter queue is empty.';
  const body = deadLetters.length > 0 ? perCause(deadLetters) : unseen;
  return `${facts.join(' · ')}\n\n${body}`;
};
