import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import type { DeadLetter } from '../../functions/core/dead-letter.ts';
import { type ChangeEvent, eventOf } from '../../functions/core/event.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { visible } from '../../functions/core/visible.ts';
import { createMessages } from '../../functions/dead-letters/messages.ts';
import { CALLED } from '../called.ts';
import { EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { queueAttributes } from '../queue-attributes.ts';
import { createStateReader } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { createBus, eventParts } from './bus.ts';
import type { BusEvent } from './bus-event.ts';

export interface UnpublishedOptions {
  readonly json: boolean;
}

// For a hundred messages or so; who is killed meanwhile hides them for as long.
const HOLD_SECONDS = 60;

const Item = v.record(v.string(), v.unknown());

/** What publish sets aside. */
const SetAside = v.object({
  v: v.literal(1),
  problem: v.string(),
  id: v.string(),
  key: v.object({ pk: v.string(), sk: v.string() }),
  before: v.optional(Item),
  after: v.optional(Item),
});

/** What Lambda leaves there when the stream has kept a record for a day: a pointer to what is no longer there. */
const Expired = v.object({
  DDBStreamBatchInfo: v.object({
    approximateArrivalOfFirstRecord: v.string(),
    approximateArrivalOfLastRecord: v.string(),
    batchSize: v.number(),
  }),
});

/** What EventBridge leaves there when it could not use the key of the bus. */
const Undelivered = v.object({
  id: v.string(),
  source: v.string(),
  'detail-type': v.string(),
  time: v.string(),
  detail: Item,
});

/** One message, and what would come of it if it was told again now. */
interface Told {
  readonly deadLetter: DeadLetter;
  readonly what: string;
  readonly problem: string;
  /** What to do with it; `undefined` if nobody here can. */
  readonly remedy: 'publish' | 'drop' | undefined;
  readonly says: string;
  publish?(): Promise<void>;
}

/** Shows what could not be published. @returns the exit status: 1 if there is anything */
export const listUnpublished = (target: Target, { json }: UnpublishedOptions): Promise<number> =>
  withTold(target, async (told, hidden) => {
    if (json) console.log(JSON.stringify(told.map(asJson)));
    else if (told.length === 0 && hidden === 0) console.log('Every change was published.');
    else {
      for (const one of told) console.log(`${lineOf(one)}\n    ${one.says}`);
      if (hidden > 0) console.log(`${hidden} more can not be seen now: somebody else looks at them.`);
      if (told.some(({ remedy }) => remedy)) console.log(`\nPublish them: ${CALLED} events retry --yes${target.options}`);
    }
    return told.length + hidden === 0 ? EXIT.done : EXIT.notAsItShouldBe;
  });

/** Publishes what could not be published, by what the table says now. @returns the exit status: 1 if something is left */
export const retryUnpublished = (
  target: Target,
  { yes, json }: UnpublishedOptions & { readonly yes: boolean },
): Promise<number> =>
  withTold(target, async (told, hidden, take) => {
    using _ = finishFirst('the one that is under way is published');
    const possible = told.filter(({ remedy }) => remedy);
    if (yes) {
      for (const one of possible) {
        await one.publish?.();
        await take(one.deadLetter);
      }
    }
    const left = told.length - (yes ? possible.length : 0) + hidden;
    if (json) console.log(JSON.stringify({ retried: yes ? possible.length : 0, left }));
    else {
      for (const one of told.filter(({ remedy }) => yes !== Boolean(remedy))) console.log(`${lineOf(one)}\n    ${one.says}`);
      console.log(yes ? `${possible.length} published, ${left} left.` : `${possible.length} would be published. --yes does it.`);
    }
    return left === 0 || !yes ? EXIT.done : EXIT.notAsItShouldBe;
  });

const lineOf = ({ what, problem }: Told): string => visible(`${what}: ${problem}`);

const asJson = ({ deadLetter, what, problem, remedy, says }: Told) => ({ id: deadLetter.messageId, what, problem, remedy, says });

/** Takes all messages, and lets go of those that were not taken off. */
const withTold = async (
  target: Target,
  work: (told: readonly Told[], hidden: number, take: (deadLetter: DeadLetter) => Promise<void>) => Promise<number>,
): Promise<number> => {
  const { unpublishedQueueUrl } = eventParts(target);
  const messages = createMessages(new SQSClient(target.client), unpublishedQueueUrl);
  const { ApproximateNumberOfMessagesNotVisible: hidden } = await queueAttributes(target, unpublishedQueueUrl);
  const deadLetters = new Map<string, DeadLetter>();
  try {
    await messages.takeAll(HOLD_SECONDS, deadLetters);
    const told: Told[] = [];
    for (const deadLetter of deadLetters.values()) told.push(await tell(target, deadLetter));
    return await work(told, Number(hidden), async (deadLetter) => {
      await messages.delete(deadLetter);
      deadLetters.delete(deadLetter.messageId);
    });
  } finally {
    await messages.release([...deadLetters.values()]);
  }
};

const tell = async (target: Target, deadLetter: DeadLetter): Promise<Told> => {
  const is = <Schema extends v.GenericSchema>(schema: Schema) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), deadLetter.body);
    return parsed.success ? parsed.output : undefined;
  };
  const setAside = is(SetAside);
  if (setAside) return { deadLetter, ...(await tellSetAside(target, setAside)) };
  const undelivered = is(Undelivered);
  if (undelivered) {
    return {
      deadLetter,
      what: undelivered['detail-type'],
      problem: 'EventBridge could not use the key of the bus',
      remedy: 'publish',
      says: 'is put on the bus again as it is',
      publish: () => createBus(target).publishAgain(undelivered as BusEvent),
    };
  }
  const info = is(Expired)?.DDBStreamBatchInfo;
  const span = `${info?.approximateArrivalOfFirstRecord} to ${info?.approximateArrivalOfLastRecord}`;
  return {
    deadLetter,
    what: info ? `${info.batchSize} changes from ${span}` : 'not of this stack',
    problem: info ? 'publish failed for a day, and the stream has them no more' : 'somebody put it there by other means',
    remedy: undefined,
    says: info
      ? 'see events-unpublished in oncall/RUNBOOK.md for how to find whom they are about'
      : 'look at it, and drop it if nobody needs it',
  };
};

const tellSetAside = async (target: Target, record: v.InferOutput<typeof SetAside>): Promise<Omit<Told, 'deadLetter'>> => {
  const { id, key, problem } = record;
  const what = `${key.pk} ${key.sk}`;
  const after = await createStateReader(target).one(key);
  const event = eventOf({ id, key, before: record.before as StoredItem | undefined, after });
  if (!event) return { what, problem, remedy: 'drop', says: 'the item is again as it was before: there is nothing to tell' };
  if ('contradiction' in event) {
    return { what, problem, remedy: undefined, says: `${event.contradiction}: mend the item, then run this again` };
  }
  const publish = () => createBus(target).publish(event as ChangeEvent);
  return { what, problem, remedy: 'publish', says: `is published as ${event.detailType}, by what the table says now`, publish };
};
