import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DescribeReplayCommand, StartReplayCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../functions/core/event.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { count } from '../../functions/words/count.ts';
import { CannotRunError, EXIT, explainError } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { moveEach } from '../move-each.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { createBus, eventParts } from './bus.ts';
import type { BusEvent } from './bus-event.ts';
import { lineOf } from './line.ts';

export interface ReplayOptions {
  readonly from: Date;
  readonly to: Date;
  /** Only events about this user. */
  readonly user: string | undefined;
  /** Only events about this idOS human. */
  readonly human: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

const SHOWN = 20;
const POLL_EVERY_MS = 500;

/**
 * Reads events of the archive, with a replay to a dedicated rule only. With `yes`, EventBridge replays them to all rules. It cannot
 * select by subject, so the events of one user or human are put on the bus again one by one, in their order.
 */
export const replay = async (target: Target, { from, to, user, human, yes, json }: ReplayOptions): Promise<number> => {
  const { busArn, archiveArn } = eventParts(target);
  const bus = createBus(target);
  const ending = new AbortController();
  using _ = finishFirst('the temporary rule is deleted', () => ending.abort(new CannotRunError('Interrupted.')));

  if (!json) console.log(`From ${formatInstant(from.getTime())} to ${formatInstant(to.getTime())}, in UTC:`);
  /** @param rules the ARNs of the rules to replay to; all rules of the bus by default */
  const startReplay = async (rules?: string[]) => {
    const ReplayName = `fractal-webhooks-${Date.now()}-${randomBytes(4).toString('hex')}`;
    await bus.eventBridge.send(
      new StartReplayCommand({
        ReplayName,
        EventSourceArn: archiveArn,
        Destination: { Arn: busArn, ...(rules && { FilterArns: rules }) },
        EventStartTime: from,
        EventEndTime: to,
      }),
    );
    return async (): Promise<boolean> => {
      const { State, StateReason } = await bus.eventBridge.send(new DescribeReplayCommand({ ReplayName }));
      if (State === 'FAILED' || State === 'CANCELLED') throw new Error(`The replay ${ReplayName} ended: ${StateReason ?? State}`);
      return State === 'COMPLETED';
    };
  };

  const read = async (): Promise<BusEvent[]> => {
    await using listener = await bus.listen({ source: [EVENT_SOURCE], ...patternFor({ user, human }) });
    // A rule that has not taken effect would miss the replay.
    if (target.lagMs > 0) waitingFor('the new rule to take effect');
    await wait(target.lagMs, undefined, { signal: ending.signal }).catch(() => {});
    const isDone = await startReplay([listener.ruleArn]);
    waitingFor('the archive');
    const found = new Map<string, BusEvent>();
    for (let quietSince = Date.now(); !ending.signal.aborted; ) {
      const done = await isDone();
      const some = await listener.next();
      for (const event of some) found.set(event.id, event);
      if (!done || some.length > 0) quietSince = Date.now();
      else if (Date.now() - quietSince >= target.lagMs / 6) {
        const rest = await listener.rest();
        if (rest.length === 0) break;
        for (const event of rest) found.set(event.id, event);
        quietSince = Date.now();
      }
    }
    return [...found.values()].sort(inTime);
  };

  if (!yes || user !== undefined || human !== undefined) {
    const events = await read();
    if (ending.signal.aborted) return EXIT.couldNotRun;
    if (json) for (const event of events) printJson(event);
    else for (const line of summary(events)) console.log(line);
    if (!yes || events.length === 0) {
      if (!json && events.length > 0) console.log('\nThis was a dry run: nothing was sent. Add --yes to send.');
      return EXIT.done;
    }
    const send = async (event: BusEvent): Promise<void> => {
      ending.signal.throwIfAborted();
      await bus.publishAgain(event);
    };
    const { done, failure } = await moveEach(events, Number.POSITIVE_INFINITY, send, 1);
    if (!json) console.log(`\n${done} of ${count(events.length, 'event')} sent to the bus again.`);
    if (failure) console.error(`error: ${explainError(failure)}`);
    return failure ? EXIT.problem : EXIT.done;
  }
  const isDone = await startReplay();
  waitingFor('the replay');
  while (!(await isDone())) {
    if (ending.signal.aborted) {
      console.error('The replay continues. See its progress with: aws events list-replays');
      return EXIT.couldNotRun;
    }
    await wait(POLL_EVERY_MS);
  }
  if (json) printJson({ replayed: true });
  else console.log('Replayed to all rules of the bus.');
  return EXIT.done;
};

const patternFor = ({ user, human }: Pick<ReplayOptions, 'user' | 'human'>) => {
  if (user !== undefined) return { detail: { user_id: [user] } };
  return human === undefined ? {} : { detail: { idos_human_id: [human] } };
};

/** By the time of publication, to the second; then by `as_of`, if both have it. */
const inTime = (a: BusEvent, b: BusEvent): number => {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  const [first, second] = [a.detail.as_of, b.detail.as_of];
  return typeof first === 'number' && typeof second === 'number' ? first - second : 0;
};

const summary = (events: readonly BusEvent[]): string[] => {
  if (events.length === 0)
    return ['The archive has no events in this range. An event reaches it a few minutes after it is published.'];
  const kinds = [...Map.groupBy(events, (event) => event['detail-type'])].map(([type, some]) => `${some.length} ${type}`);
  const more = events.length - SHOWN;
  return [
    `${events.length} in the archive: ${kinds.join(', ')}`,
    '',
    ...events.slice(0, SHOWN).map(lineOf),
    ...(more > 0 ? [`… and ${more} more`] : []),
    '',
    'Consumers receive them as new, but they may be outdated: the table has the current state, and detail.as_of the age of each.',
  ];
};
