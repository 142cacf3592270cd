import { EVENT_SOURCE } from '../../functions/core/event.ts';
import { EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { createBus } from './bus.ts';
import { lineOf } from './line.ts';

export interface FollowOptions {
  /** Stop after this many events; `undefined` for no limit. */
  readonly times: number | undefined;
  readonly json: boolean;
}

// Less than a day, after which another listener deletes the rule.
const AT_MOST_MS = 86_000_000;

/** Shows each event as it arrives, for a day at most, with a temporary rule. */
export const follow = async (target: Target, { times = Number.POSITIVE_INFINITY, json }: FollowOptions): Promise<number> => {
  const ending = new AbortController();
  process.stdout.once('error', () => ending.abort());
  using _ = finishFirst('the temporary rule is deleted', () => ending.abort());
  await using listener = await createBus(target).listen({ source: [EVENT_SOURCE] });
  console.error('Listening. Press Ctrl-C to stop.');
  let shown = 0;
  for (const started = Date.now(); shown < times && !ending.signal.aborted && Date.now() - started < AT_MOST_MS; ) {
    for (const event of (await listener.next()).slice(0, times - shown)) {
      if (json) printJson(event);
      else console.log(lineOf(event));
      shown += 1;
    }
  }
  return EXIT.done;
};
