import { count } from '../functions/core/count.ts';
import { visible } from '../functions/core/visible.ts';
import { deleteItems } from './delete-items.ts';
import { CannotRunError, EXIT } from './failure.ts';
import { waitingFor } from './finish.ts';
import { queueAttributes } from './queue-attributes.ts';
import { inFlight, untilSettled } from './settled.ts';
import { stateReaderOf } from './state-reader.ts';
import { type Swept, sweep } from './sweep.ts';
import type { Target } from './target.ts';

export interface ForgetOptions {
  /** The `idos_human_id` of the same person, to delete the credentials too. */
  readonly human: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

// How long another reader of the queue usually keeps messages in flight.
const SHORT_READ_MS = 5_000;

interface Report {
  items: number;
  queued: number;
  dead_letters: number;
  /** Messages about changes that could not be published. */
  unpublished: number;
  /** Items that are still in the table, or came back. */
  left: number;
  /** Messages in flight, which could not be read. */
  hidden: number;
  /** Ids of messages that may concern the person; the user must decide. */
  perhaps: string[];
}

/**
 * Deletes everything that the stack holds about one person: on the queues, then in the table. Without `yes`, it only counts, and
 * does not read the main queue, because each receive counts as one of a message's five attempts.
 *
 * @returns the exit status: 1 if something is left, or could not be seen or read
 */
export const forget = async (target: Target, userId: string, { human, yes, json }: ForgetOptions): Promise<number> => {
  const ids = [userId, ...(human === undefined ? [] : [human])];
  if (ids.some((id) => id.trim() === '')) throw new CannotRunError('The id is empty.');
  const partitions = [`USER#${userId}`, ...(human === undefined ? [] : [`HUMAN#${human}`])];
  const table = stateReaderOf(target);
  const itemsNow = async () => (await Promise.all(partitions.map((pk) => table.under(pk)))).flat();

  // First, so that nothing is deleted if the table can't be read.
  const report: Report = {
    items: (await itemsNow()).length,
    queued: 0,
    dead_letters: 0,
    unpublished: 0,
    left: 0,
    hidden: 0,
    perhaps: [],
  };
  if (!yes) {
    const hidden = await Promise.all(
      [target.deadLetterQueueUrl, ...unpublishedQueueOf(target)].map((url) => inFlight(target, url)),
    );
    const dead = await sweep(target, target.deadLetterQueueUrl, ids, false);
    const unpublished = await sweepUnpublished(target, ids, false);
    Object.assign(report, {
      dead_letters: dead.found,
      unpublished: unpublished.found,
      perhaps: [...dead.perhaps, ...unpublished.perhaps],
      hidden: sum(hidden),
    });
    console.log(json ? JSON.stringify({ dry_run: true, ...report }) : wouldBe(report, human));
    return isComplete(report) ? EXIT.done : EXIT.problem;
  }
  report.left = report.items;
  report.items = 0;
  try {
    await sweepAll(target, ids, report);
    const items = await itemsNow();
    await deleteItems(target, items);
    report.items = items.length;
    report.left = (await itemsNow()).length;
  } finally {
    console.log(json ? JSON.stringify({ dry_run: false, ...report }) : done(report, target, human));
  }
  return isComplete(report) ? EXIT.done : EXIT.problem;
};

/** Sweeps all queues, and again once the messages in flight are visible or deleted. */
const sweepAll = async (target: Target, ids: readonly string[], report: Report): Promise<void> => {
  const { VisibilityTimeout } = await queueAttributes(target, target.queueUrl);
  const take = ({ found, perhaps }: Swept): number => {
    report.perhaps = [...new Set([...report.perhaps, ...perhaps])];
    return found;
  };
  report.dead_letters += take(await sweep(target, target.deadLetterQueueUrl, ids, true));
  report.queued += take(await sweep(target, target.queueUrl, ids, true));
  waitingFor('messages in flight');
  const settled = await Promise.all([
    untilSettled(target, target.queueUrl, Number(VisibilityTimeout) * 1_000 + SHORT_READ_MS),
    ...[target.deadLetterQueueUrl, ...unpublishedQueueOf(target)].map((url) => untilSettled(target, url, SHORT_READ_MS)),
  ]);
  report.hidden = sum(settled);
  report.queued += take(await sweep(target, target.queueUrl, ids, true));
  report.dead_letters += take(await sweep(target, target.deadLetterQueueUrl, ids, true));
  report.unpublished += take(await sweepUnpublished(target, ids, true));
};

const sweepUnpublished = async (target: Target, ids: readonly string[], yes: boolean): Promise<Swept> => {
  const [queueUrl] = unpublishedQueueOf(target);
  return queueUrl === undefined ? { found: 0, perhaps: [] } : sweep(target, queueUrl, ids, yes);
};

const unpublishedQueueOf = ({ events }: Target): string[] => (events ? [events.unpublishedQueueUrl] : []);

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);

const isComplete = ({ left, hidden, perhaps }: Report): boolean => left + hidden + perhaps.length === 0;

const held = ({ items, dead_letters }: Report): string =>
  `${count(items, 'item')} in the table, ${count(dead_letters, 'dead letter')}`;

const wouldBe = (report: Report, human: string | undefined): string =>
  [
    `Would delete ${held(report)}, ${count(report.unpublished, 'unpublished change')}, and any messages on the main queue, which a dry run does not read.`,
    ...remarks(report),
    ...remarkOnCredentials(human),
    'This was a dry run: nothing was deleted. Add --yes to delete.',
  ].join('\n');

const done = (report: Report, { events }: Target, human: string | undefined): string =>
  [
    `Deleted: ${held(report)}, ${count(report.queued, 'message')} on the main queue.`,
    ...(isComplete(report) ? [] : ['The deletion is incomplete:']),
    ...remarks(report),
    ...(report.unpublished > 0
      ? [`${count(report.unpublished, 'unpublished change')} deleted: notify your consumers of events yourself.`]
      : []),
    ...remarkOnCredentials(human),
    `Not deleted: backups of the table${events ? ' and the archive of events' : ''} (kept for recoveryDays), files of dlq drop, and what Fractal may still send.`,
  ].join('\n');

const remarkOnCredentials = (human: string | undefined): string[] =>
  human === undefined ? ['idOS credentials were not searched. To delete them too, add --human IDOS_HUMAN_ID.'] : [];

const remarks = ({ left, hidden, perhaps }: Report): string[] => [
  ...(left > 0 ? [`${count(left, 'item')} left in the table, or added since: repeat the command.`] : []),
  ...(hidden > 0 ? [`${count(hidden, 'message')} in flight could not be read: repeat the command in a few minutes.`] : []),
  ...(perhaps.length > 0
    ? [
        `${count(perhaps.length, 'message')} can't be read, or may be about someone else. Decide on each with dlq show and dlq drop --id:`,
      ]
    : []),
  ...perhaps.map((id) => `  ${visible(id)}`),
];
