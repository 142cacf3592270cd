import { setTimeout as wait } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { chunk } from '../../functions/chunk.ts';
import type { BusEvent } from './bus-event.ts';
import { isLeftOver, listenerStart } from './rules.ts';

const MESSAGES_PER_CALL = 10; // AWS's limit
// Until a message of another listener is visible again, if this process ends before it releases it.
const HIDE_SECONDS = 5;
const PAUSE_MS = 100;
const REST = { hideSeconds: 40, ms: 30_000 } as const;
const LISTED_FOR_MS = 60_000;
// A new rule may not be listed yet.
const NEW_FOR_MS = 5 * 60_000;

const isNew = (listener: string, now: number): boolean =>
  !isLeftOver(listener, now) && now - (listenerStart(listener) ?? 0) < NEW_FOR_MS;

const isEvent = (value: unknown): boolean => {
  const { id, detail, ...others } = Object(value);
  return typeof id === 'string' && typeof others['detail-type'] === 'string' && typeof detail === 'object' && detail !== null;
};

const MessageSchema = v.pipe(v.string(), v.parseJson(), v.object({ listener: v.string(), event: v.custom<BusEvent>(isEvent) }));

interface Message {
  readonly receiptHandle: string | undefined;
  /** `undefined` if the message is not that of a listener. */
  readonly content: { readonly listener: string; readonly event: BusEvent } | undefined;
}

/**
 * One listener's view of the queue that all listeners share. It makes messages of other listeners visible again, and deletes those
 * of listeners that no longer exist.
 *
 * @param listeners lists the names of all listeners
 */
export const createListenerQueue = (
  sqs: SQSClient,
  QueueUrl: string,
  name: string,
  listeners: () => Promise<readonly string[]>,
) => {
  const receive = async (VisibilityTimeout: number, WaitTimeSeconds: number): Promise<Message[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: MESSAGES_PER_CALL, VisibilityTimeout, WaitTimeSeconds }),
    );
    return Messages.map(({ ReceiptHandle, Body }) => {
      const parsed = v.safeParse(MessageSchema, Body);
      return { receiptHandle: ReceiptHandle, content: parsed.success ? parsed.output : undefined };
    });
  };

  const inBatches = async (
    messages: readonly Message[],
    send: (entries: { Id: string; ReceiptHandle: string | undefined }[]) => Promise<unknown>,
  ): Promise<void> => {
    for (const some of chunk(messages, MESSAGES_PER_CALL)) {
      await send(some.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })));
    }
  };
  const remove = (messages: readonly Message[]) =>
    inBatches(messages, (Entries) => sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries })));
  const release = (messages: readonly Message[]) =>
    inBatches(messages, (entries) => {
      const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
      return sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    });

  let known = { names: new Set<string>(), at: 0 };
  const exists = async (listener: string): Promise<boolean> => {
    if (Date.now() - known.at > LISTED_FOR_MS) known = { names: new Set(await listeners()), at: Date.now() };
    return known.names.has(listener) || isNew(listener, Date.now());
  };

  /** Deletes own messages and those of nobody. */
  const sort = async (messages: readonly Message[]) => {
    const own = messages.filter(({ content }) => content?.listener === name);
    const others: Message[] = [];
    for (const message of messages) {
      if (own.includes(message)) continue;
      if (message.content && (await exists(message.content.listener))) others.push(message);
    }
    await remove(messages.filter((message) => !others.includes(message)));
    return { events: own.flatMap(({ content }) => content?.event ?? []), others };
  };

  return {
    next: async (): Promise<BusEvent[]> => {
      const { events, others } = await sort(await receive(HIDE_SECONDS, 2));
      await release(others);
      // Otherwise it would receive them again at once.
      if (events.length === 0 && others.length > 0) await wait(PAUSE_MS);
      return events;
    },
    rest: async (): Promise<BusEvent[]> => {
      const all: BusEvent[] = [];
      const held: Message[] = [];
      try {
        for (const started = Date.now(); Date.now() - started < REST.ms; ) {
          const received = await receive(REST.hideSeconds, 1);
          if (received.length === 0) break;
          const { events, others } = await sort(received);
          all.push(...events);
          held.push(...others);
        }
      } finally {
        await release(held);
      }
      return all;
    },
  };
};
