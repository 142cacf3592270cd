import { ownerOf } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { shellWord } from '../shell-word.ts';
import type { Target } from '../target.ts';
import type { Swept } from './sweep-queue.ts';
import { whatRemains } from './what-remains.ts';

export const QUEUES = ['queued', 'dead_letters', 'unpublished', 'unforwarded'] as const;

export type QueueName = (typeof QUEUES)[number];

/** What was deleted or, in a dry run, would be. */
export interface Report {
  items: number;
  /** Records of the history; `undefined` if there is none. */
  records: number | undefined;
  readonly queues: Readonly<Record<QueueName, Swept>>;
  /** Items that are still in the table, or came back. */
  left: number;
  /** Messages in flight, which could not be read. */
  hidden: number;
  /** Whether the table was searched for other spellings of the id. */
  searched: boolean;
  /** Whether the last look found nothing of the person. */
  finished: boolean;
}

/** @param hasHistory whether the stack keeps a history */
export const newReport = (hasHistory = false): Report => ({
  items: 0,
  records: hasHistory ? 0 : undefined,
  queues: { queued: nothing(), dead_letters: nothing(), unpublished: nothing(), unforwarded: nothing() },
  left: 0,
  hidden: 0,
  searched: true,
  finished: false,
});

const nothing = (): Swept => ({ own: [], perhaps: [], unread: 0 });

const perhapsIn = ({ queues }: Report): string[] => QUEUES.flatMap((name) => queues[name].perhaps);

export const isComplete = (report: Report): boolean => hasAllSure(report) && perhapsIn(report).length === 0;

/** Whether everything that is surely the person's was deleted. */
export const hasAllSure = (report: Report): boolean =>
  report.finished && report.searched && report.left + report.hidden + unreadIn(report) === 0;

const unreadIn = ({ queues }: Report): number => queues.queued.unread;

export const asJson = (report: Report, dryRun: boolean): Readonly<Record<string, unknown>> => {
  const { items, records, queues, left, hidden } = report;
  const counts = Object.fromEntries(QUEUES.map((name) => [name, queues[name].own.length]));
  const ids = QUEUES.flatMap((name) => queues[name].own);
  return {
    dry_run: dryRun,
    items,
    ...(records !== undefined && { records }),
    ...counts,
    left,
    hidden,
    unread: unreadIn(report),
    ids,
    perhaps: perhapsIn(report),
  };
};

/** What a hold that refuses the erasure says. @param recorded whether the request is recorded with it */
export const refused = ({ pk, hold_until, hold_reason, held_by }: StoredItem, { options }: Target, recorded: boolean): string => {
  const user = ownerOf(String(pk))?.id ?? '';
  return [
    `Nothing was deleted: a hold on user ${visible(user)} stands until ${formatInstant(Number(hold_until))}, placed by ${visible(String(held_by))}: ${visible(String(hold_reason))}`,
    ...(recorded
      ? [
          `The request is recorded. After the end of the hold, it is due: ${CALLED} forget --due${options}`,
          `To withdraw it: ${CALLED} forget ${shellWord(user)} --withdraw${options}`,
        ]
      : []),
    `To end the hold earlier: ${CALLED} hold --release ${shellWord(user)}${options}`,
  ].join('\n');
};

/** @param human whether the credentials of an idOS human were searched, too */
export const wouldBe = (report: Report, target: Target, human: boolean): string =>
  [
    `Would delete ${held(report)}, ${count(report.queues.unpublished.own.length, 'unpublished change')}, and any messages on the main queue, which a dry run does not read.`,
    ...remarks(report, target, human),
    'This was a dry run: nothing was deleted. Add --yes to delete.',
  ].join('\n');

/** @param human whether the credentials of an idOS human were searched, too */
export const done = (report: Report, target: Target, human: boolean): string => {
  const { queues } = report;
  const ids = QUEUES.flatMap((name) => queues[name].own);
  const unpublished = queues.unpublished.own.length;
  return [
    `Deleted: ${held(report)}, ${count(queues.queued.own.length, 'message')} on the main queue.`,
    ...(ids.length > 0 ? [`The ids of the deleted messages, of which no copy was kept: ${ids.join(' ')}`] : []),
    ...(isComplete(report) ? [] : [hasAllSure(report) ? TO_DECIDE : 'The deletion is incomplete:']),
    ...(report.finished ? [] : ['It did not finish: repeat the command.']),
    ...remarks(report, target, human),
    ...(unpublished > 0
      ? [`${count(unpublished, 'unpublished change')} deleted: notify your consumers of events yourself.`]
      : []),
    whatRemains({ changeEvents: target.events !== undefined, forwardTo: target.forwardUrl !== undefined }),
  ].join('\n');
};

const TO_DECIDE =
  "All that is surely the person's is deleted. The rest is for you to decide; if it is not theirs, nothing is left to do:";

const held = ({ items, records, queues }: Report): string =>
  `${count(items, 'item')} in the table, ${records === undefined ? '' : `${count(records, 'record')} in the history, `}${count(queues.dead_letters.own.length, 'dead letter')}`;

const remarks = ({ left, hidden, searched, queues }: Report, { options }: Target, human: boolean): string[] => {
  const { queued, dead_letters, unpublished, unforwarded } = queues;
  return [
    ...(left > 0 ? [`${count(left, 'item')} left in the table, or added since: repeat the command.`] : []),
    ...(hidden > 0 ? [`${count(hidden, 'message')} in flight could not be read: repeat the command in a few minutes.`] : []),
    ...(queued.unread > 0
      ? [
          `${count(queued.unread, 'message')} on the main queue, too many to search: repeat the command when apply has caught up. If it does not, see why: ${CALLED} doctor${options}`,
        ]
      : []),
    ...(dead_letters.perhaps.length > 0
      ? [
          `${count(dead_letters.perhaps.length, 'dead letter')} can't be read, or may be about someone else, and ${dead_letters.perhaps.length === 1 ? 'was' : 'were'} not deleted. Decide on each:`,
          ...dead_letters.perhaps.map((id) => `  ${CALLED} dlq show ${id}${options}`),
          `To delete one, with a copy in a file: ${CALLED} dlq drop --id ID${options}`,
        ]
      : []),
    ...(queued.perhaps.length > 0
      ? [
          `${count(queued.perhaps.length, 'message')} on the main queue can't be read, or may be about someone else, and will be applied: ${queued.perhaps.join(' ')}`,
          `Repeat the command when the queue is empty. If it stays long, see why apply does not run: ${CALLED} doctor${options}`,
        ]
      : []),
    ...(unpublished.perhaps.length > 0
      ? [
          `${count(unpublished.perhaps.length, 'unpublished change')} can't be read, or may be about someone else. List them: ${CALLED} events unpublished${options}`,
        ]
      : []),
    ...(unforwarded.perhaps.length > 0
      ? [
          `${count(unforwarded.perhaps.length, 'event')} that the backend did not take can't be read, or may be about someone else. List them: ${CALLED} events unforwarded${options}`,
        ]
      : []),
    ...(searched ? [] : ['Items with other spellings of the id were not searched: that takes the policy Erase.']),
    ...(human ? [] : ['idOS credentials were not searched. To delete them too, add --human IDOS_HUMAN_ID.']),
  ];
};
