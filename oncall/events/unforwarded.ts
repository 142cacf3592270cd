import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type ForwardedEvent, itemKeyOf, NOT_ASKED, parseUnforwarded } from '../../functions/core/forwarded.ts';
import type { HeldMessage } from '../../functions/core/held-message.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { identityOf, type StoredItem } from '../../functions/core/state.ts';
import { createMessages } from '../../functions/queues/messages.ts';
import { count } from '../../functions/words/count.ts';
import { span } from '../../functions/words/span.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT, explainError } from '../failure.ts';
import { holding } from '../holding.ts';
import { moveEach } from '../move-each.ts';
import { printJson } from '../print-json.ts';
import { queueAttributes } from '../queue-attributes.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

export interface UnforwardedOptions {
  /** Whether to send them again. */
  readonly retry: boolean;
  readonly yes: boolean;
  /** At most so many per second. */
  readonly rate: number;
  readonly json: boolean;
}

/** One after the other, each with a call to send and one to delete. */
const SENT_PER_SECOND = 10;

/** What sending an event again would do. `forgotten`: its item is gone, so it would be dropped. */
type Prospect = 'sent' | 'sent_although_newer' | 'forgotten' | 'not_understood';

interface Letter {
  readonly message: HeldMessage;
  readonly what: string;
  readonly why: string;
  readonly event: ForwardedEvent | undefined;
  readonly prospect: Prospect;
}

const SAYS: Readonly<Record<Prospect, string>> = {
  sent: 'would be sent again: the table still says so',
  sent_although_newer: 'would be sent again, although the table says something newer by now: the backend must compare as_of',
  forgotten: 'would be dropped: the item was deleted since',
  not_understood: 'is no event, and stays',
};

/**
 * Lists the events that the backend of `forwardTo` did not take or, with `retry` and `yes`, sends them again.
 *
 * @returns the exit status: 1 if any are left
 */
export const listUnforwarded = async (target: Target, options: UnforwardedOptions): Promise<number> => {
  const { unforwardedQueueUrl, forwardQueueUrl, forwardUrl, remedy } = target;
  if (unforwardedQueueUrl === undefined || forwardQueueUrl === undefined || forwardUrl === undefined)
    throw new CannotRunError(`This stack sends its events to no backend. ${remedy('Set forwardTo')}`);
  const sqs = new SQSClient(target.client);
  const waiting = await queueAttributes(target, forwardQueueUrl);
  const onTheWay = Number(waiting.ApproximateNumberOfMessages) + Number(waiting.ApproximateNumberOfMessagesNotVisible);
  const { ApproximateNumberOfMessages: visibleNow, ApproximateNumberOfMessagesNotVisible: hidden } = await queueAttributes(
    target,
    unforwardedQueueUrl,
  );
  const holdSeconds = 60 + Math.ceil(Number(visibleNow) / Math.min(options.rate, SENT_PER_SECOND));
  return holding(createMessages(sqs, unforwardedQueueUrl), holdSeconds, async (held, stopping) => {
    const letters = await explain(target, held.messages);
    const possible = letters.filter(({ event }) => event !== undefined);
    const send = async ({ message, event }: Letter): Promise<void> => {
      stopping.throwIfAborted();
      held.stillHeld();
      await sqs.send(new SendMessageCommand({ QueueUrl: forwardQueueUrl, MessageBody: JSON.stringify(event) }));
      await held.delete(message);
    };
    const isDone = options.retry && options.yes;
    const { done, failure } = await moveEach(isDone ? possible : [], options.rate, send, 1);
    const left = letters.length - done + Number(hidden);
    if (options.json) printJson({ on_the_way: onTheWay, events: letters.map(asJson), sent: done, left });
    else {
      const shown = isDone ? letters.filter(({ event }) => event === undefined) : letters;
      for (const { what, why, prospect } of shown) console.log(`${visible(`${what}: ${why}`)}\n    ${SAYS[prospect]}`);
      for (const line of summary(target, { ...options, letters, possible, hidden: Number(hidden), onTheWay, done, left }))
        console.log(line);
    }
    if (failure) console.error(`error: ${explainError(failure)}`);
    return left === 0 || (options.retry && !options.yes) ? EXIT.done : EXIT.problem;
  });
};

const explain = async (target: Target, messages: readonly HeldMessage[]): Promise<Letter[]> => {
  const read = messages.map((message) => ({ message, letter: parseUnforwarded(message.body) }));
  const keys = read.flatMap(({ letter }) => (letter && itemKeyOf(letter.event)) ?? []);
  const items = await stateReaderOf(target).many(keys);
  return read.map(({ message, letter }): Letter => {
    if (!letter) return { message, what: 'message', why: 'it is no event', event: undefined, prospect: 'not_understood' };
    const { event, problem, attempts, since } = letter;
    const { user_id, level, idos_human_id, credential_id } = event.detail;
    const subject = [user_id ?? idos_human_id, level ?? credential_id].filter((one) => one !== undefined).join(' ');
    const tried =
      attempts === undefined ? '' : `, ${count(attempts, 'attempt')} within ${span(message.sentAt - (since ?? message.sentAt))}`;
    const key = itemKeyOf(event);
    return {
      message,
      what: `${event['detail-type']} ${subject}`,
      why: `the backend ${problem ?? `${NOT_ASKED}the function did not end`}${tried}; set aside ${formatInstant(message.sentAt)}`,
      event,
      prospect: prospectOf(event, key && items.get(identityOf({ key }))),
    };
  });
};

const prospectOf = (event: ForwardedEvent, item: StoredItem | undefined): Prospect => {
  if (event['detail-type'] === 'forgotten') return item ? 'sent_although_newer' : 'sent';
  if (!item) return 'forgotten';
  return item.as_of === event.detail.as_of ? 'sent' : 'sent_although_newer';
};

const asJson = ({ message, what, why, prospect, event }: Letter) => ({
  id: message.messageId,
  event: event?.detail.id ?? null,
  what,
  why,
  if_retried: prospect,
});

interface Counts extends UnforwardedOptions {
  readonly letters: readonly Letter[];
  readonly possible: readonly Letter[];
  readonly hidden: number;
  readonly onTheWay: number;
  readonly done: number;
  readonly left: number;
}

const summary = (
  { options, forwardUrl }: Target,
  { letters, possible, hidden, onTheWay, done, left, retry, yes }: Counts,
): string[] => {
  const way = onTheWay > 0 ? [`${count(onTheWay, 'event is', 'events are')} on the way, or waiting for the next attempt.`] : [];
  if (retry && yes) return [`${done} sent to ${forwardUrl} again, ${left} left.`, ...way];
  const unseen = hidden > 0 ? [`${hidden} cannot be read now: another reader has received them.`] : [];
  if (letters.length === 0) return [`The backend has taken all events that were tried for a day.`, ...unseen, ...way];
  if (retry) return [`${possible.length} would be sent again. This was a dry run. Add --yes to send them.`, ...unseen];
  return [...unseen, ...way, `\nFix the backend, then send them again: ${CALLED} events unforwarded --retry --yes${options}`];
};
