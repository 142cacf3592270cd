import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DescribeReplayCommand, StartReplayCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../functions/core/event.ts';
import { EXIT } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import type { Target } from '../target.ts';
import { createBus, eventParts } from './bus.ts';
import type { BusEvent } from './bus-event.ts';
import { lineOf } from './line.ts';

export interface ReplayOptions {
  readonly from: Date;
  readonly to: Date;
  /** Those about this user alone. */
  readonly user: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

const SHOWN = 20;
const LOOK_EVERY_MS = 500;

/**
 * Reads events of the archive, by a replay to a listener of its own that no rule of a team sees; with `yes`, tells the bus of them again.
 * All of them are replayed by EventBridge; those of one user, which it can't select, are put on the bus once more, in their order.
 */
export const replay = async (target: Target, { from, to, user, yes, json }: ReplayOptions): Promise<number> => {
  const { busArn, archiveArn } = eventParts(target);
  const bus = createBus(target);
  const ending = new AbortController();
  using _ = finishFirst('what was made for this is removed', () => ending.abort());

  /** @param rules which alone see it; without them, all of the bus */
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
    const detail = user === undefined ? {} : { detail: { user_id: [user] } };
    await using listener = await bus.listen({ source: [EVENT_SOURCE], ...detail });
    // A rule that does not work yet would miss what is replayed.
    if (target.lagMs > 0) waitingFor('a new rule to work');
    await wait(target.lagMs, undefined, { signal: ending.signal }).catch(() => {});
    const isDone = await startReplay([listener.ruleArn]);
    waitingFor('the archive');
    const found = new Map<string, BusEvent>();
    for (let quietSince = Date.now(); !ending.signal.aborted; ) {
      const done = await isDone();
      const some = await listener.next();
      for (const event of some) found.set(event.id, event);
      if (!done || some.length > 0) quietSince = Date.now();
      else if (Date.now() - quietSince >= target.lagMs / 6) break;
    }
    return [...found.values()].sort(inTime);
  };

  if (!yes || user !== undefined) {
    const events = await read();
    if (ending.signal.aborted) return EXIT.couldNotRun;
    if (json) for (const event of events) console.log(JSON.stringify(event));
    else for (const line of summary(events)) console.log(line);
    if (!yes || events.length === 0) {
      if (!json && events.length > 0) console.log('\nNothing was told again. --yes does it.');
      return EXIT.done;
    }
    for (const event of events) await bus.publishAgain(event);
    if (!json) console.log(`\n${events.length} were put on the bus again.`);
    return EXIT.done;
  }
  const isDone = await startReplay();
  waitingFor('the replay to be completed');
  while (!(await isDone())) {
    if (ending.signal.aborted) {
      console.error('The replay goes on without this command. aws events list-replays shows how far it is.');
      return EXIT.couldNotRun;
    }
    await wait(LOOK_EVERY_MS);
  }
  console.log(json ? JSON.stringify({ replayed: true }) : 'Replayed: the rules of the bus have been told again.');
  return EXIT.done;
};

/** By the second in which they were published; within one by what they say, where both say it. */
const inTime = (a: BusEvent, b: BusEvent): number => {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  const [first, second] = [a.detail.as_of, b.detail.as_of];
  return typeof first === 'number' && typeof second === 'number' ? first - second : 0;
};

const summary = (events: readonly BusEvent[]): string[] => {
  if (events.length === 0) return ['The archive has none of that time. An event is in it some minutes after it was published.'];
  const kinds = [...Map.groupBy(events, (event) => event['detail-type'])].map(([type, some]) => `${some.length} ${type}`);
  const more = events.length - SHOWN;
  return [
    `${events.length} in the archive: ${kinds.join(', ')}`,
    '',
    ...events.slice(0, SHOWN).map(lineOf),
    ...(more > 0 ? [`… and ${more} more`] : []),
    '',
    'Consumers see them as new, and they may say what is no longer so: the table has what is true now, and detail.as_of tells how old each is.',
  ];
};
