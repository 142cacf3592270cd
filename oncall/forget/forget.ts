import { setTimeout as wait } from 'node:timers/promises';
import { about, EMAIL, humanPartition, ownerOf, userPartition } from '../../functions/core/facets.ts';
import { isHold } from '../../functions/core/hold.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { type NamedId, normalId } from '../../functions/core/person-id.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { callerOf } from '../caller.ts';
import { deleteItems } from '../delete-items.ts';
import { CannotRunError, EXIT, explainError, isDenied } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { partitionsOf } from '../partitions.ts';
import { createMentions } from '../person/mentions.ts';
import { isPartitionOf } from '../person/person.ts';
import { printJson } from '../print-json.ts';
import { queueAttributes } from '../queue-attributes.ts';
import { inFlight, untilSettled } from '../settled.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { noteBegun, noteCompleted, removeBegun } from './ledger.ts';
import { lock, recordRefusal, standingHold, userOf } from './lock.ts';
import { deleteRecords, type ErasableRecord, notesOfHolds, recordsIn } from './records.ts';
import { asJson, done, hasAllSure, isComplete, newReport, type QueueName, refused, wouldBe } from './report.ts';
import { sweep } from './sweep-queue.ts';

export interface ForgetOptions {
  /** The `idos_human_id` of the same person, to delete the credentials too. */
  readonly human: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

const ROUNDS = 3;
// How long another reader of the queue usually keeps messages in flight.
const SHORT_READ_MS = 5_000;
// An invocation that had received a message before it was deleted has ended after apply's timeout.
const APPLY_TIMEOUT_MS = 10_000;

/**
 * Deletes everything that the stack surely holds about one person: locks it against holds, notes the erasure, deletes on the queues
 * until they are quiet, then in the tables, until a last look finds nothing, three times at most. Without `yes`, it only counts, and
 * does not read the main queue. Refuses while a hold stands.
 *
 * @returns the exit status: 1 if something is left, or could not be seen or read, or was left to the user
 */
export const forget = async (target: Target, userId: string, { human, yes, json }: ForgetOptions): Promise<number> => {
  // Stryker disable next-line ArrayDeclaration: nobody has the id that takes the place of none
  const ids = { users: [userId], humans: human === undefined ? [] : [human] };
  if ([...ids.users, ...ids.humans].some((id) => id.trim() === '')) throw new CannotRunError('The id is empty.');
  const interrupted = new AbortController();
  const { signal: stopping } = interrupted;
  using _ = finishFirst('the current step is done', () => interrupted.abort(new CannotRunError('Interrupted.')));

  const table = stateReaderOf(target);
  // Stryker disable next-line ArrayDeclaration: partitions have no addresses
  const isOwn = isPartitionOf({ ...ids, addresses: [] });
  const partitions = new Set([...ids.users.map(userPartition), ...ids.humans.map(humanPartition)]);
  // The item of the hold is the lock: it goes last.
  const itemsIn = async (): Promise<StoredItem[]> =>
    (await Promise.all([...partitions].map((pk) => table.under(pk)))).flat().filter((item) => !isHold(item));
  const { historyTableName: history } = target;
  const tables = [target.tableName, ...(history ? [history] : [])];
  const recordsOf = async (): Promise<ErasableRecord[]> => (history ? recordsIn(target, history, partitions) : []);
  const search = async (): Promise<StoredItem[]> => {
    for (const name of tables) for (const pk of await partitionsOf(target, name, isOwn, stopping)) partitions.add(pk);
    return itemsIn();
  };
  const report = newReport(history !== undefined);
  // First, so that nothing is deleted if the table can't be read. The addresses are known until the items are deleted.
  const items = await search().catch((error) => {
    // Without the policy Erase, a dry run shows what can be seen.
    if (yes || !isDenied(error)) throw error;
    report.searched = false;
    return itemsIn();
  });
  const records = report.searched ? await recordsOf() : [];
  // Stryker disable next-line ArrayDeclaration: what is no address is not searched for
  const addresses = [...about(EMAIL, items), ...records].flatMap(({ email }) => (typeof email === 'string' ? [email] : []));
  const mentionIn = createMentions({ ...ids, addresses });
  const queues = queuesOf(target);
  const sweepAll = async (remove: boolean, names = Object.keys(queues) as QueueName[]): Promise<void> => {
    for (const name of names) {
      const queueUrl = queues[name];
      if (queueUrl) await sweep(target, report.queues[name], { queueUrl, remove, stopping, mentionIn });
    }
  };
  // Stryker disable next-line ArithmeticOperator: it is only compared with itself
  const found = (): number => Object.values(report.queues).reduce((sum, { own }) => sum + own.length, 0);

  const owners = [...partitions].flatMap((pk) => ownerOf(pk) ?? []);
  const named = (kind: NamedId['kind']) => owners.filter((one) => one.kind === kind).map(({ id }) => id);
  const hold = await standingHold(target, { users: named('user'), humans: named('human') }).catch((error) => {
    if (yes || !isDenied(error)) throw error;
    return undefined;
  });
  if (hold) {
    // Another person's hold, of the same idOS human, is no reason to erase that person when it ends.
    const recorded =
      yes &&
      named('user')
        .map(normalId)
        .includes(normalId(userOf(hold)));
    if (recorded) await recordRefusal(target, hold, human);
    if (json) printJson({ dry_run: !yes, held_until: formatInstant(Number(hold.hold_until)), reason: hold.hold_reason });
    else console.log(refused(hold, target, recorded));
    return EXIT.problem;
  }

  if (!yes) {
    const read = ['dead_letters', 'unpublished', 'unforwarded'] as const;
    const hidden = await Promise.all(read.flatMap((name) => (queues[name] ? [inFlight(target, queues[name])] : [])));
    await sweepAll(false, [...read]);
    if (history) report.records = records.length;
    Object.assign(report, { items: items.length, hidden: sum(hidden), finished: true });
    if (json) printJson(asJson(report, true));
    else console.log(wouldBe(report, target, human !== undefined));
    return isComplete(report) ? EXIT.done : EXIT.problem;
  }

  report.left = items.length + records.length;
  const erased_by = await callerOf(target).catch(() => 'unknown');
  const lockOfUsers = await lock(target, named('user'), human);
  const erasure = { erased_at: Date.now(), erased_by };
  let isDeleting = false;
  let problem: unknown;
  try {
    await noteBegun(target, owners, erasure);
    for (let round = 1; round <= ROUNDS && !report.finished; round += 1) {
      await sweepAll(true);
      waitingFor('messages in flight');
      report.hidden = await untilQuiet(target, queues, stopping);
      await sweepAll(true);
      await lockOfUsers.check();
      const known = await itemsIn();
      isDeleting ||= known.length > 0;
      await deleteItems(target, known);
      report.items += known.length;
      const recorded = await recordsOf();
      if (history)
        await deleteRecords(
          target,
          history,
          recorded.map(({ key }) => key),
        );
      if (report.records !== undefined) report.records += recorded.length;
      if (target.lagMs > 0) waitingFor('a last look');
      await wait(lookAgainAfterMs(target), undefined, { signal: stopping });
      const before = found();
      report.left = (await search()).length + (await recordsOf()).length;
      await sweepAll(true);
      report.finished = report.left === 0 && found() === before;
    }
    if (hasAllSure(report)) {
      if (history) await deleteRecords(target, history, await notesOfHolds(target, history, named('user')));
      await noteCompleted(target, owners, erasure);
      await lockOfUsers.erased();
    }
  } catch (error) {
    problem = stopping.aborted ? stopping.reason : error;
  }
  if (problem !== undefined || !hasAllSure(report)) {
    const begun = lockOfUsers.isResumed || isDeleting || (report.records ?? 0) + found() > 0;
    if (!begun) {
      await lockOfUsers.withdrawn().catch(() => {});
      await removeBegun(target, owners).catch(() => {});
    }
  }
  if (json) printJson(asJson(report, false));
  else console.log(done(report, target, human !== undefined));
  if (problem !== undefined) console.error(`error: ${explainError(problem)}`);
  return problem === undefined && isComplete(report) ? EXIT.done : EXIT.problem;
};

/** The queue to the backend is not among them: what is on it about a person without items is dropped at its next attempt. */
const queuesOf = ({ queueUrl, deadLetterQueueUrl, events, unforwardedQueueUrl }: Target): Partial<Record<QueueName, string>> => ({
  dead_letters: deadLetterQueueUrl,
  queued: queueUrl,
  ...(events && { unpublished: events.unpublishedQueueUrl }),
  ...(unforwardedQueueUrl !== undefined && { unforwarded: unforwardedQueueUrl }),
});

/** Waits until no message is in flight. @returns how many still are */
const untilQuiet = async (target: Target, queues: ReturnType<typeof queuesOf>, stopping: AbortSignal): Promise<number> => {
  const { VisibilityTimeout } = await queueAttributes(target, target.queueUrl);
  const left = await Promise.all(
    Object.values(queues).map((url) => {
      const reading = url === target.queueUrl ? Number(VisibilityTimeout) * 1_000 : 0;
      return untilSettled(target, url, reading + SHORT_READ_MS, stopping);
    }),
  );
  return sum(left);
};

/** How long after the deletion to look again. A local stack has no lag, and its apply no message that was not in flight. */
export const lookAgainAfterMs = ({ lagMs }: Pick<Target, 'lagMs'>): number => (lagMs > 0 ? lagMs + APPLY_TIMEOUT_MS : 0);

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);
