import { visible } from '../functions/core/visible.ts';
import { deleteItems } from './delete-items.ts';
import { CannotRunError, EXIT } from './failure.ts';
import { waitingFor } from './finish.ts';
import { queueAttributes } from './queue-attributes.ts';
import { untilSettled } from './settled.ts';
import { createStateReader } from './state-reader.ts';
import { type Swept, sweep } from './sweep.ts';
import type { Target } from './target.ts';

export interface ForgetOptions {
  /** The idOS id of the same person, under which the credentials are. */
  readonly human: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

// In which somebody who just looks has let the messages go again.
const SHORT_LOOK_MS = 5_000;

interface Report {
  items: number;
  queued: number;
  dead_letters: number;
  /** Messages about changes that could not be published. */
  unpublished: number;
  /** Items that came again, or stayed. */
  left: number;
  /** Messages that somebody else has in their hands. */
  hidden: number;
  /** Messages that may concern the person, for somebody to decide. */
  perhaps: string[];
}

/**
 * Deletes all that the stack holds about one person: on both queues, then in the table. Without `yes` it says only what it would
 * delete, and then does not look into the queue, since looking counts as one of a message's five attempts.
 *
 * @returns the exit status: 1 if something is left, or could not be seen or read
 */
export const forget = async (target: Target, userId: string, { human, yes, json }: ForgetOptions): Promise<number> => {
  const ids = [userId, ...(human === undefined ? [] : [human])];
  if (ids.some((id) => id.trim() === '')) throw new CannotRunError('An empty id is nobody.');
  const partitions = [`USER#${userId}`, ...(human === undefined ? [] : [`HUMAN#${human}`])];
  const table = createStateReader(target);
  const itemsNow = async () => (await Promise.all(partitions.map((pk) => table.under(pk)))).flat();

  // First of all: if the table can't be read, nothing is half done.
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
    const { ApproximateNumberOfMessagesNotVisible } = await queueAttributes(target, target.deadLetterQueueUrl);
    const dead = await sweep(target, target.deadLetterQueueUrl, ids, false);
    const unpublished = await sweepUnpublished(target, ids, false);
    Object.assign(report, {
      dead_letters: dead.found,
      unpublished: unpublished.found,
      perhaps: [...dead.perhaps, ...unpublished.perhaps],
      hidden: Number(ApproximateNumberOfMessagesNotVisible),
    });
    console.log(json ? JSON.stringify({ dry_run: true, ...report }) : wouldBe(report));
    return isComplete(report) ? EXIT.done : EXIT.notAsItShouldBe;
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
    console.log(json ? JSON.stringify({ dry_run: false, ...report }) : done(report, target));
  }
  return isComplete(report) ? EXIT.done : EXIT.notAsItShouldBe;
};

/** Goes through both queues, and once more when what was in somebody's hands has come back or gone. */
const sweepAll = async (target: Target, ids: readonly string[], report: Report): Promise<void> => {
  const { VisibilityTimeout } = await queueAttributes(target, target.queueUrl);
  const take = ({ found, perhaps }: Swept): number => {
    report.perhaps = [...new Set([...report.perhaps, ...perhaps])];
    return found;
  };
  report.dead_letters += take(await sweep(target, target.deadLetterQueueUrl, ids, true));
  report.queued += take(await sweep(target, target.queueUrl, ids, true));
  waitingFor('messages that are under way');
  const [underWay, looking] = await Promise.all([
    untilSettled(target, target.queueUrl, Number(VisibilityTimeout) * 1_000 + SHORT_LOOK_MS),
    untilSettled(target, target.deadLetterQueueUrl, SHORT_LOOK_MS),
  ]);
  report.hidden = underWay + looking;
  report.queued += take(await sweep(target, target.queueUrl, ids, true));
  report.dead_letters += take(await sweep(target, target.deadLetterQueueUrl, ids, true));
  report.unpublished += take(await sweepUnpublished(target, ids, true));
};

const sweepUnpublished = async (target: Target, ids: readonly string[], yes: boolean): Promise<Swept> =>
  target.events ? sweep(target, target.events.unpublishedQueueUrl, ids, yes) : { found: 0, perhaps: [] };

const isComplete = ({ left, hidden, perhaps }: Report): boolean => left + hidden + perhaps.length === 0;

const wouldBe = (report: Report): string =>
  [
    `Would delete ${report.items} items of the table, ${report.dead_letters} dead letters, and what the queue holds, which is looked through only then.`,
    ...remarks(report),
    'This was a dry run: nothing is deleted. --yes does it.',
  ].join('\n');

const done = (report: Report, { events }: Target): string =>
  [
    `Deleted: ${report.items} items of the table, ${report.dead_letters} dead letters, ${report.queued} messages of the queue.`,
    ...(isComplete(report) ? [] : ['This is not everything:']),
    ...remarks(report),
    ...(report.unpublished > 0
      ? [`${report.unpublished} changes that could not be published are deleted, too: tell your consumers of events yourself.`]
      : []),
    `Not reached: backups of the table${events ? ' and the archive of events' : ''} (they end with its recovery window), files of dlq drop, and what Fractal may still send.`,
  ].join('\n');

const remarks = ({ left, hidden, perhaps }: Report): string[] => [
  ...(left > 0 ? [`${left} items are left, or came meanwhile: run it once more.`] : []),
  ...(hidden > 0 ? [`${hidden} messages are in somebody's hands and could not be seen: run it once more in some minutes.`] : []),
  ...(perhaps.length > 0
    ? [`${perhaps.length} messages can't be read, or may mean somebody else. Decide about each, with dlq show and dlq drop --id:`]
    : []),
  ...perhaps.map((id) => `  ${visible(id)}`),
];
