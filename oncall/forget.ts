import { setTimeout as wait } from 'node:timers/promises';
import { decodeEnvelope } from '../functions/core/envelope.ts';
import { deleteItems } from './delete-items.ts';
import type { Letter } from './dlq/letter.ts';
import { createMessages } from './dlq/messages.ts';
import { CannotRunError, EXIT } from './failure.ts';
import { queueAttributes } from './queue-attributes.ts';
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
  if (ids.some((id) => id.trim() === '')) throw new CannotRunError('An empty id is nobody.');
  const partitions = [`USER#${userId}`, ...(human === undefined ? [] : [`HUMAN#${human}`])];
  const table = createStateReader(target);
  const itemsNow = async () => (await Promise.all(partitions.map((pk) => table.under(pk)))).flat();

  // First of all: if the table can't be read, nothing is half done.
  const seen = await itemsNow();
  const counts: Counts = { items: seen.length, queued: 0, dead_letters: 0 };
  if (!yes) {
    counts.dead_letters = await fromQueue(target, target.deadLetterQueueUrl, ids, false);
    console.log(json ? JSON.stringify({ dry_run: true, ...counts }) : wouldBe(counts));
    return EXIT.done;
  }
  counts.items = 0;
  let left = seen.length;
  try {
    counts.dead_letters = await fromQueue(target, target.deadLetterQueueUrl, ids, true);
    // What apply has in its hands now is in the table, or back on the queue, when nothing is under way any more.
    counts.queued = await fromQueue(target, target.queueUrl, ids, true);
    await untilNothingIsUnderWay(target);
    counts.queued += await fromQueue(target, target.queueUrl, ids, true);
    const items = await itemsNow();
    await deleteItems(target, items);
    counts.items = items.length;
    left = (await itemsNow()).length;
  } finally {
    console.log(json ? JSON.stringify({ dry_run: false, ...counts, left }) : done(counts, left));
  }
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

const untilNothingIsUnderWay = async (target: Target): Promise<void> => {
  const ask = () => queueAttributes(target, target.queueUrl);
  const { VisibilityTimeout } = await ask();
  const givenUpAt = Date.now() + Number(VisibilityTimeout) * 1_000;
  while (Date.now() < givenUpAt && Number((await ask()).ApproximateNumberOfMessagesNotVisible) > 0) await wait(LOOK_EVERY_MS);
};

const wouldBe = ({ items, dead_letters }: Counts): string =>
  `Would delete ${items} items of the table, ${dead_letters} dead letters, and what the queue holds, which is looked through only then.
This was a dry run: nothing is deleted. --yes does it.`;

const done = ({ items, queued, dead_letters }: Counts, left: number): string =>
  [
    `Deleted: ${items} items of the table, ${dead_letters} dead letters, ${queued} messages of the queue.`,
    ...(left > 0 ? [`${left} items are left, or came meanwhile: run it once more.`] : []),
    'Not reached: backups of the table (they end with its recovery window), files of dlq drop, and what Fractal may still send.',
  ].join('\n');
