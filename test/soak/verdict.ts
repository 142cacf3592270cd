import { setTimeout as wait } from 'node:timers/promises';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { decodeEnvelope } from '../../functions/core/envelope.ts';
import { interpretMessage } from '../../functions/core/interpret-message.ts';
import { fold } from '../../functions/core/record.ts';
import { identityOf, type StoredItem } from '../../functions/core/state.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { differences } from '../../oncall/history/verify.ts';
import type { StackClient } from '../support/stack-client.ts';
import { idIn } from './forgotten-users.ts';
import { type Entry, isNewer, type Journal, keyOf } from './journal.ts';
import type { Expected } from './plan.ts';
import type { ReceivedEvents } from './received-events.ts';

export interface Verdict {
  /** Messages on the dead-letter queue. */
  readonly deadLetters: number;
  /** Acknowledged notifications that are neither in the table, nor superseded there, nor on a queue. */
  readonly lost: readonly string[];
  /** Items whose last event differs from the table, or whose events miss or invent a change. */
  readonly unpublished: readonly string[];
  /** Items that were never sent, or whose state is not the newest that was sent. */
  readonly wrong: readonly string[];
  /** Items that are not what the history leads to. */
  readonly unrecorded: readonly string[];
  /** Items, records and messages of forgotten users. */
  readonly remains: readonly string[];
}

/** Waits until the queue is empty. @returns false if it has not become shorter for this many milliseconds */
export const settle = async (stack: StackClient, patienceMs: number): Promise<boolean> => {
  let shortest = Number.POSITIVE_INFINITY;
  for (let since = Date.now(); Date.now() - since < patienceMs; await wait(250)) {
    const depth = await stack.queueDepth();
    if (depth === 0) return true;
    if (depth >= shortest) continue;
    shortest = depth;
    since = Date.now();
  }
  return false;
};

/**
 * Listens until the events agree with the table.
 *
 * @returns the differences when no event has arrived for this many milliseconds
 */
const untilPublished = async (listen: () => Promise<number>, received: ReceivedEvents, items: Items, patienceMs: number) => {
  let unpublished = received.unpublished(items);
  for (
    let since = Date.now();
    unpublished.length > 0 && Date.now() - since < patienceMs;
    unpublished = received.unpublished(items)
  ) {
    if ((await listen()) > 0) since = Date.now();
  }
  return unpublished;
};

/** Compares table, events and dead-letter queue with the journal. */
export const judge = async (
  stack: StackClient,
  journal: Journal,
  received: ReceivedEvents,
  listen: () => Promise<number>,
  patienceMs: number,
  isOfForgotten: (id: string) => boolean,
): Promise<Verdict> => {
  const deadLetters = await allDeadLetters(stack);
  const waiting = deadLetters.filter(({ parked }) => !parked).map(({ bytes }) => plainly(Buffer.from(bytes).toString()));
  const items = await allItems(stack);
  const lost: string[] = [];
  const wrong: string[] = [];
  const remains = [
    ...[...items.keys()].filter((key) => isOfForgotten(idIn(key))),
    ...waiting.flatMap(({ user_id, idos_human_id }) => {
      const id = String(user_id ?? idos_human_id);
      return isOfForgotten(id) ? [`a dead letter about ${id}`] : [];
    }),
  ];

  for (const [key, entry] of journal.entries) {
    if (isOfForgotten(idIn(key))) continue;
    const item = items.get(key);
    if (
      entry.acknowledged &&
      isMissing(entry, item) &&
      !waiting.some((deadLetter) => matches(deadLetter, entry.acknowledged as Expected))
    )
      lost.push(key);
    if (item && !isStated(entry, item)) wrong.push(`${key}: ${JSON.stringify(item)}`);
  }
  for (const key of items.keys()) if (!journal.entries.has(key)) wrong.push(`${key}: was never sent`);
  const parked = new Set(deadLetters.filter((deadLetter) => deadLetter.parked).map(({ id }) => id));
  for (const id of journal.parked) if (!parked.has(id)) lost.push(`parked ${id}`);
  const history = await foldedHistory(stack);
  const stuck = new Set(deadLetters.flatMap(({ parked, message }) => (parked ? [] : identityIn(message))));
  const unrecorded = differences([...items.values()], history).flatMap(({ what, ...key }) =>
    isOfForgotten(idIn(keyOf(key))) || stuck.has(identityOf({ key })) ? [] : [`${keyOf(key)}: ${what}`],
  );
  remains.push(
    ...[...history.values()].map((item) => keyOf(item as { pk: string; sk: string })).filter((key) => isOfForgotten(idIn(key))),
  );
  const unpublished = await untilPublished(listen, received, items, patienceMs);
  return { deadLetters: deadLetters.length, lost, wrong, unpublished, unrecorded, remains };
};

const matches = (item: StoredItem, expected: Expected): boolean =>
  Object.entries(expected.attributes).every(([name, value]) => item[name] === value);

/** Whether the acknowledged state is missing in the table, and not superseded there. */
const isMissing = (entry: Entry, item: StoredItem | undefined): boolean => {
  const expected = entry.acknowledged as Expected;
  if (!item) return true;
  if (expected.order === 'receipt') return !matches(item, expected) && !entry.perhaps.some((one) => matches(item, one));
  return !matches(item, expected) && isNewer(expected, { ...expected, order: orderOf(item) });
};

const STRICTNESS = ['approved', 'contacted', 'rejected'];
const orderOf = (item: StoredItem): [number, number] => [
  Number(item.as_of),
  Math.max(0, STRICTNESS.indexOf(String(item.status))),
];

/** Whether the item has the newest sent or the acknowledged state. */
const isStated = ({ sent, acknowledged, perhaps }: Entry, item: StoredItem): boolean =>
  matches(item, sent) || [acknowledged, ...perhaps].some((expected) => expected !== undefined && matches(item, expected));

/** The data of a planned body, with the attribute names of items. */
const plainly = (body: string): StoredItem => {
  const { type, data, ...result } = JSON.parse(body);
  if (type === undefined) return { user_id: result.id, level: 'kraken', status: result.status };
  return { ...data, status: type.replace('verification_', ''), as_of: Date.parse(data.timestamp ?? data.shared_at) };
};

/** All messages of the dead-letter queue. They stay there, and are hidden until the soak has ended, however busy the machine is. */
const allDeadLetters = async ({ sqs, deadLetterQueueUrl }: StackClient) => {
  const look = { QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 7_200 };
  const deadLetters = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(look));
    if (Messages.length === 0) return deadLetters;
    for (const { Body = '' } of Messages) {
      const envelope = decodeEnvelope(Body);
      if (envelope) deadLetters.push({ ...envelope, message: Body });
    }
  }
};

/** The item that a message is about. */
const identityIn = (message: string): string[] => {
  const read = interpretMessage(message, Date.now());
  return read.kind === 'understood' ? [identityOf(read.state)] : [];
};

/** The items that the history leads to. */
const foldedHistory = async ({ dynamodb, outputs }: StackClient): Promise<Items> => {
  const items = new Map<string, StoredItem>();
  const scan = { TableName: outputs.HistoryTableName, ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan)) fold(Items.map(plainItem), items);
  return items;
};

type Items = ReadonlyMap<string, StoredItem>;

const allItems = async ({ dynamodb, tableName }: StackClient): Promise<Items> => {
  const items = new Map<string, StoredItem>();
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: tableName, ConsistentRead: true })) {
    for (const attributes of Items) {
      const item = plainItem(attributes);
      items.set(keyOf(item as { pk: string; sk: string }), item);
    }
  }
  return items;
};
