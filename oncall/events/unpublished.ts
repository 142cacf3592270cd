import { SQSClient } from '@aws-sdk/client-sqs';
import { type ChangeEvent, eventOf } from '../../functions/core/event.ts';
import type { HeldMessage } from '../../functions/core/held-message.ts';
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
import type { SetAsideChange } from './contents.ts';
import { contentsOf } from './set-aside.ts';
import { streamBacklog } from './stream-backlog.ts';

export interface UnpublishedOptions {
  readonly json: boolean;
}

/** A minute, and a second per ten messages. If this process is killed, they stay invisible for as long. */
const holdSeconds = (count: number): number => 60 + Math.ceil(count / 10);

/** One change, and what retrying it now would do. */
interface ExplainedChange {
  readonly what: string;
  readonly problem: string;
  /** What a retry does; `undefined` if it cannot help. */
  readonly remedy: 'publish' | 'drop' | undefined;
  readonly says: string;
  publish?(): Promise<void>;
}

/** One message, with its changes. */
interface Explained {
  readonly deadLetter: HeldMessage;
  readonly changes: readonly ExplainedChange[];
  /** Deletes what the message points to. */
  remove?(): Promise<void>;
}

/**
 * Lists the changes that could not be published, and says if changes wait in the stream.
 *
 * @returns the exit status: 1 if there are any, or it is not known
 */
export const listUnpublished = async (target: Target, { json }: UnpublishedOptions): Promise<number> => {
  const waiting = await waitingIn(target);
  return withExplained(target, async (messages, hidden) => {
    const explained = messages.flatMap(({ changes }) => changes);
    for (const sentence of waiting) (json ? console.error : console.log)(sentence);
    if (json) printJson(messages.flatMap(asJson));
    else if (explained.length + hidden + waiting.length === 0)
      console.log('No change was set aside, and none is known to wait. The metric that shows it can be minutes late.');
    else if (explained.length + hidden === 0) console.log('No change was set aside.');
    else {
      for (const one of explained) console.log(`${lineOf(one)}\n    ${one.says}`);
      if (hidden > 0)
        console.log(
          `${explained.length > 0 ? `${hidden} more` : count(hidden, 'change')} cannot be read now: another reader has received them.`,
        );
      if (messages.some(isPossible)) console.log(`\nPublish them: ${CALLED} events retry --yes${target.options}`);
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
  withExplained(target, async (messages, hidden, held, stopping) => {
    const possible = messages.filter(isPossible);
    const explained = messages.flatMap(({ changes }) => changes);
    const retry = async ({ changes, deadLetter, remove }: Explained): Promise<void> => {
      stopping.throwIfAborted();
      for (const { publish } of changes) await publish?.();
      await held.delete(deadLetter);
      await remove?.();
    };
    const { done, failure } = await moveEach(yes ? possible : [], Number.POSITIVE_INFINITY, retry, 1);
    const resolved = changesIn(possible.slice(0, done));
    const left = explained.length - resolved + hidden;
    if (json) printJson({ retried: resolved, left });
    else {
      const shown = messages.filter((one) => yes !== isPossible(one)).flatMap(({ changes }) => changes);
      for (const one of shown) console.log(`${lineOf(one)}\n    ${one.says}`);
      console.log(
        yes
          ? `${resolved} resolved, ${left} left.`
          : `${changesIn(possible)} would be resolved. This was a dry run. Add --yes to resolve them.`,
      );
    }
    if (failure) console.error(`error: ${explainError(failure)}`);
    return left === 0 || !yes ? EXIT.done : EXIT.problem;
  });

/** A batch is resolved as a whole. */
const isPossible = ({ changes }: Explained): boolean => changes.every(({ remedy }) => remedy !== undefined);

const changesIn = (messages: readonly Explained[]): number => messages.flatMap(({ changes }) => changes).length;

const lineOf = ({ what, problem }: ExplainedChange): string => visible(`${what}: ${problem}`);

const asJson = ({ deadLetter, changes }: Explained) =>
  changes.map(({ what, problem, remedy, says }) => ({ id: deadLetter.messageId, what, problem, remedy, says }));

const withExplained = async (
  target: Target,
  work: (messages: readonly Explained[], hidden: number, held: Held, stopping: AbortSignal) => Promise<number>,
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
  const contents = await contentsOf(target, deadLetter.body);
  if (contents.kind === 'none') return { deadLetter, changes: [{ ...contents, remedy: undefined }] };
  const changes: ExplainedChange[] = [];
  for (const change of contents.changes) changes.push(await explainChange(target, change));
  return { deadLetter, changes, ...(contents.remove && { remove: contents.remove }) };
};

const explainChange = async (target: Target, { id, key, before, problem }: SetAsideChange): Promise<ExplainedChange> => {
  const what = `${key.pk} ${key.sk}`;
  const after = await stateReaderOf(target).one(key);
  const event = eventOf({ id, key, before, after });
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
