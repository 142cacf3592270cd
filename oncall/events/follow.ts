import { EVENT_SOURCE } from '../../functions/core/event.ts';
import { EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import type { Target } from '../target.ts';
import { createBus } from './bus.ts';
import { lineOf } from './line.ts';

export interface FollowOptions {
  /** So many events, and then an end; without it, until it is interrupted, or for a day. */
  readonly times: number | undefined;
  readonly json: boolean;
}

// What is older was left behind by one that was killed, for the next one.
const AT_MOST_MS = 86_000_000;

/** Shows each event as it comes, by a rule and a queue that are removed at the end. */
export const follow = async (target: Target, { times = Number.POSITIVE_INFINITY, json }: FollowOptions): Promise<number> => {
  const ending = new AbortController();
  process.stdout.once('error', () => ending.abort());
  using _ = finishFirst('the rule and the queue that were made for this are removed', () => ending.abort());
  await using listener = await createBus(target).listen({ source: [EVENT_SOURCE] });
  console.error('Listening; Ctrl-C ends it.');
  let shown = 0;
  for (const started = Date.now(); shown < times && !ending.signal.aborted && Date.now() - started < AT_MOST_MS; ) {
    for (const event of (await listener.next()).slice(0, times - shown)) {
      console.log(json ? JSON.stringify(event) : lineOf(event));
      shown += 1;
    }
  }
  return EXIT.done;
};
