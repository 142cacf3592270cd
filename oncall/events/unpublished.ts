import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { type ChangeEvent, eventOf } from '../../functions/core/event.ts';
import { CREDENTIAL, EMAIL, LEVEL } from '../../functions/core/facets.ts';
import type { HeldMessage } from '../../functions/core/held-message.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { createMessages } from '../../functions/queues/messages.ts';
import type { Held } from '../../functions/queues/with-messages.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT, explainError, isUnreachable } from '../failure.ts';
import { holding } from '../holding.ts';
import { moveEach } from '../move-each.ts';
import { printJson } from '../print-json.ts';
import { queueAttributes } from '../queue-attributes.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { createBus, eventParts } from './bus.ts';
import { streamBacklog } from './stream-backlog.ts';

export interface UnpublishedOptions {
  readonly json: boolean;
}

/** A minute, and a second per ten messages. If this process is killed, they stay invisible for as long. */
const holdSeconds = (count: number): number => 60 + Math.ceil(count / 10);

const Item = v.record(v.string(), v.unknown());

/** A change that publish set aside. */
const SetAside = v.object({
  v: v.literal(1),
  problem: v.string(),
  id: v.string(),
  key: v.object({ pk: v.string(), sk: v.string() }),
  before: v.optional(Item),
  after: v.optional(Item),
});

type SetAsideChange = Pick<v.InferOutput<typeof SetAside>, 'id' | 'key' | 'before' | 'problem'>;

/** What Lambda sends when the stream has kept a record for a day: a pointer to an expired record. */
const Expired = v.object({
  DDBStreamBatchInfo: v.object({
    approximateArrivalOfFirstRecord: v.string(),
    approximateArrivalOfLastRecord: v.string(),
    batchSize: v.number(),
  }),
});

/** What EventBridge sends when it could not use the key of the bus. */
const Undelivered = v.object({
  id: v.string(),
  source: v.string(),
  'detail-type': v.string(),
  detail: v.looseObject({
    id: v.string(),
    user_id: v.optional(v.string()),
    level: v.optional(v.string()),
    idos_human_id: v.optional(v.string()),
    credential_id: v.optional(v.string()),
    previous: v.nullable(Item),
  }),
});

/** One message, and what retrying it now would do. */
interface Explained {
  readonly deadLetter: HeldMessage;
  readonly what: string;
  readonly problem: string;
  /** What a retry does; `undefined` if it cannot help. */
  readonly remedy: 'publish' | 'drop' | undefined;
  readonly says: string;
  publish?(): Promise<void>;
}

/**
 * Lists the changes that could not be published, and says if changes wait in the stream.
 *
 * @returns the exit status: 1 if there are any, or it is not known
 */
export const listUnpublished = async (target: Target, { json }: UnpublishedOptions): Promise<number> => {
  const waiting = await waitingIn(target);
  return withExplained(target, async (explained, hidden) => {
    for (const sentence of waiting) (json ? console.error : console.log)(sentence);
    if (json) printJson(explained.map(asJson));
    else if (explained.length + hidden + waiting.length === 0)
      console.log('No change was set aside, and none is known to wait. The metric that shows it can be minutes late.');
    else if (explained.length + hidden === 0) console.log('No change was set aside.');
    else {
      for (const one of explained) console.log(`${lineOf(one)}\n    ${one.says}`);
      if (hidden > 0)
        console.log(
          `${explained.length > 0 ? `${hidden} more` : count(hidden, 'change')} cannot be read now: another reader has received them.`,
        );
      if (explained.some(({ remedy }) => remedy)) console.log(`\nPublish them: ${CALLED} events retry --yes${target.options}`);
    }
    return explained.length + hidden + waiting.length === 0 ? EXIT.done : EXIT.problem;
  });
};

/** What is known of changes that wait in the stream, as sentences; empty if none does. */
const waitingIn = async (target: Target): Promise<string[]> => {
  try {
    const backlog = await streamBacklog(target, eventParts(target));
    return backlog ? [`Changes may wait in the stream: ${backlog.says}. ${backlog.remedy}`] : [];
  } catch (error) {
    if (isUnreachable(error) || error instanceof CannotRunError) throw error;
    return [`Whether changes wait in the stream could not be checked: ${explainError(error)}`];
  }
};

/** Publishes these changes with the current state of the table. @returns the exit status: 1 if any are left */
export const retryUnpublished = (
  target: Target,
  { yes, json }: UnpublishedOptions & { readonly yes: boolean },
): Promise<number> =>
  withExplained(target, async (explained, hidden, held, stopping) => {
    const possible = explained.filter(({ remedy }) => remedy);
    const retry = async (one: Explained): Promise<void> => {
      stopping.throwIfAborted();
      await one.publish?.();
      await held.delete(one.deadLetter);
    };
    const { done: resolved, failure } = await moveEach(yes ? possible : [], Number.POSITIVE_INFINITY, retry, 1);
    const left = explained.length - resolved + hidden;
    if (json) printJson({ retried: resolved, left });
    else {
      for (const one of explained.filter(({ remedy }) => yes !== Boolean(remedy))) console.log(`${lineOf(one)}\n    ${one.says}`);
      console.log(
        yes
          ? `${resolved} resolved, ${left} left.`
          : `${possible.length} would be resolved. This was a dry run. Add --yes to resolve them.`,
      );
    }
    if (failure) console.error(`error: ${explainError(failure)}`);
    return left === 0 || !yes ? EXIT.done : EXIT.problem;
  });

const lineOf = ({ what, problem }: Explained): string => visible(`${what}: ${problem}`);

const asJson = ({ deadLetter, what, problem, remedy, says }: Explained) => ({
  id: deadLetter.messageId,
  what,
  problem,
  remedy,
  says,
});

const withExplained = async (
  target: Target,
  work: (explained: readonly Explained[], hidden: number, held: Held, stopping: AbortSignal) => Promise<number>,
): Promise<number> => {
  const { unpublishedQueueUrl } = eventParts(target);
  const queue = createMessages(new SQSClient(target.client), unpublishedQueueUrl);
  const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = await queueAttributes(
    target,
    unpublishedQueueUrl,
  );
  return holding(queue, holdSeconds(Number(visible)), async (held, stopping) => {
    const explained: Explained[] = [];
    for (const deadLetter of held.messages) explained.push(await explainMessage(target, deadLetter));
    return work(explained, Number(hidden), held, stopping);
  });
};

const explainMessage = async (target: Target, deadLetter: HeldMessage): Promise<Explained> => {
  const is = <Schema extends v.GenericSchema>(schema: Schema) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), deadLetter.body);
    return parsed.success ? parsed.output : undefined;
  };
  const setAside = is(SetAside);
  if (setAside) return { deadLetter, ...(await explainSetAside(target, setAside)) };
  const undelivered = is(Undelivered);
  if (undelivered) return { deadLetter, ...(await explainSetAside(target, changeIn(undelivered.detail))) };
  const info = is(Expired)?.DDBStreamBatchInfo;
  const span = `${info?.approximateArrivalOfFirstRecord} to ${info?.approximateArrivalOfLastRecord}`;
  return {
    deadLetter,
    what: info ? `${info.batchSize} changes from ${span}` : 'not of this stack',
    problem: info ? 'publish failed for a day, and the stream no longer has them' : 'it was put on the queue by other means',
    remedy: undefined,
    says: info ? 'see events-unpublished in oncall/RUNBOOK.md' : 'view it in the SQS console, and delete it if it is not needed',
  };
};

/** The change that an undelivered event was about. Unchanged, it could follow a newer event of its item. */
const changeIn = (detail: v.InferOutput<typeof Undelivered>['detail']): SetAsideChange => ({
  id: detail.id,
  key: keyOf(detail),
  before: detail.previous ? { ...detail, ...detail.previous } : undefined,
  problem: 'EventBridge could not use the key of the bus',
});

const keyOf = ({ user_id = '', level, idos_human_id, credential_id = '' }: v.InferOutput<typeof Undelivered>['detail']) => {
  if (idos_human_id !== undefined) return CREDENTIAL.keyOf({ idos_human_id, credential_id });
  return level === undefined ? EMAIL.keyOf({ user_id }) : LEVEL.keyOf({ user_id, level });
};

const explainSetAside = async (target: Target, record: SetAsideChange): Promise<Omit<Explained, 'deadLetter'>> => {
  const { id, key, problem } = record;
  const what = `${key.pk} ${key.sk}`;
  const after = await stateReaderOf(target).one(key);
  const event = eventOf({ id, key, before: record.before as StoredItem | undefined, after });
  if (!event) return { what, problem, remedy: 'drop', says: 'the item has changed back: there is nothing to publish' };
  if ('contradiction' in event) {
    return { what, problem, remedy: undefined, says: `${event.contradiction}: fix the item, then retry` };
  }
  const publish = () => createBus(target).publish(event as ChangeEvent);
  return {
    what,
    problem,
    remedy: 'publish',
    says: `would be published as ${event.detailType}, with the current state of the table`,
    publish,
  };
};
