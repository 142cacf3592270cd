import { setTimeout as wait } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { decodeEnvelope } from '../functions/core/envelope.ts';
import type { Letter } from './dlq/letter.ts';
import { createMessages } from './dlq/messages.ts';
import { EXIT } from './failure.ts';
import { createStateReader } from './state-reader.ts';
import type { Target } from './target.ts';

export interface ForgetOptions {
  /** The idOS id of the same person, under which the credentials are. */
  readonly human: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

interface Counts {
  items: number;
  queued: number;
  dead_letters: number;
}

// Long enough to go through a queue, and to delete.
const HIDE_SECONDS = 120;
const LOOK_EVERY_MS = 500;

/**
 * Deletes all that the stack holds about one person: on both queues, then in the table. Without `yes` it says only what it would
 * delete, and then does not look into the queue, since looking counts as one of a message's five attempts.
 *
 * @returns the exit status: 1 if something came again meanwhile
 */
export const forget = async (target: Target, userId: string, { human, yes, json }: ForgetOptions): Promise<number> => {
  const ids = [userId, ...(human === undefined ? [] : [human])];
  const partitions = [`USER#${userId}`, ...(human === undefined ? [] : [`HUMAN#${human}`])];
  const counts: Counts = { items: 0, queued: 0, dead_letters: 0 };

  counts.dead_letters = await fromQueue(target, target.deadLetterQueueUrl, ids, yes);
  if (yes) {
    // What apply has in its hands now is in the table, or back on the queue, when nothing is under way any more.
    counts.queued = await fromQueue(target, target.queueUrl, ids, yes);
    await untilNothingIsUnderWay(target);
    counts.queued += await fromQueue(target, target.queueUrl, ids, yes);
  }
  const table = createStateReader(target);
  const keys = (await Promise.all(partitions.map((pk) => table.under(pk))))
    .flat()
    .map(({ pk, sk }) => ({ pk: `${pk}`, sk: `${sk}` }));
  counts.items = keys.length;
  if (yes) await deleteItems(target, keys);

  const left = yes ? (await Promise.all(partitions.map((pk) => table.under(pk)))).flat().length : 0;
  console.log(json ? JSON.stringify({ dry_run: !yes, ...counts, left }) : inWords(counts, left, yes));
  return left === 0 ? EXIT.done : EXIT.notAsItShouldBe;
};

/** How many messages of a queue concern one of these; with `remove`, deleted. The others are let go at once. */
const fromQueue = async (target: Target, queueUrl: string, ids: readonly string[], remove: boolean): Promise<number> => {
  const messages = createMessages(target, queueUrl);
  const letters = new Map<string, Letter>();
  try {
    await messages.takeAll(HIDE_SECONDS, letters);
    const found = [...letters.values()].filter(({ body }) => concerns(body, ids));
    if (!remove) return found.length;
    for (const letter of found) {
      await messages.delete(letter);
      letters.delete(letter.messageId);
    }
    return found.length;
  } finally {
    await messages.release([...letters.values()]);
  }
};

/** Whether one of these ids is anywhere in the body, understood or not. */
const concerns = (message: string, ids: readonly string[]): boolean => {
  const body = Buffer.from(decodeEnvelope(message)?.bytes ?? Buffer.from(message)).toString();
  try {
    let found = false;
    JSON.parse(body, (_, value) => {
      found ||= ids.includes(value);
      return value;
    });
    return found;
  } catch {
    // No JSON, or nested too deep to walk through.
    return ids.some((id) => body.includes(JSON.stringify(id)));
  }
};

const untilNothingIsUnderWay = async ({ client, queueUrl }: Target): Promise<void> => {
  const sqs = new SQSClient(client);
  const ask = async () =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }))).Attributes ?? {};
  const { VisibilityTimeout } = await ask();
  const givenUpAt = Date.now() + Number(VisibilityTimeout) * 1_000;
  while (Date.now() < givenUpAt && Number((await ask()).ApproximateNumberOfMessagesNotVisible) > 0) await wait(LOOK_EVERY_MS);
};

const deleteItems = async ({ client, tableName }: Target, keys: readonly { pk: string; sk: string }[]): Promise<void> => {
  const dynamodb = new DynamoDBClient(client);
  for (const { pk, sk } of keys) {
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } } }));
  }
};

const inWords = ({ items, queued, dead_letters }: Counts, left: number, yes: boolean): string => {
  const what = `${items} items of the table, ${dead_letters} dead letters`;
  if (!yes) return `Would delete ${what}, and what is on the queue.\nThis was a dry run: nothing is deleted. --yes does it.`;
  const done = `Deleted: ${what}, ${queued} messages of the queue.`;
  const elsewhere =
    'Not reached: backups of the table (they end with its recovery window), files of dlq drop, and what Fractal may still send.';
  return left === 0 ? `${done}\n${elsewhere}` : `${done}\n${left} items came meanwhile: run it once more.\n${elsewhere}`;
};
