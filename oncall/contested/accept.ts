import { setTimeout as wait } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { KRAKEN_LEVEL } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { KRAKEN } from '../../functions/core/kraken.ts';
import { isContested, type StoredItem } from '../../functions/core/state.ts';
import { deliveryId } from '../../functions/ingest/delivery-id.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { callerOf } from '../caller.ts';
import { isConfirmed } from '../confirm.ts';
import { SHOWN_WITHIN_MS } from '../delivery.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import { shellWord } from '../shell-word.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type DECIDABLE, decisionOn } from './decision.ts';

const POLL_EVERY_MS = 100;

export interface AcceptOptions {
  readonly status: (typeof DECIDABLE)[number];
  readonly why: string;
  /** Decides without asking for confirmation. */
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Puts the decision of a person on a contested result on the queue, and waits until the table shows it.
 *
 * @returns the exit status: 1 if the table does not show it in time
 * @throws CannotRunError if the user's result is not contested
 */
export const accept = async (target: Target, userId: string, { status, why, yes, json }: AcceptOptions): Promise<number> => {
  if (why.trim() === '') throw new CannotRunError('--why is empty. It is the record of the decision.');
  const table = stateReaderOf(target);
  const key = KRAKEN_LEVEL.keyOf({ user_id: userId, level: KRAKEN });
  const item = await table.one(key);
  if (!item || !isContested(item)) throw new CannotRunError(notContested(userId, item, target));
  const question = `This makes user ${visible(userId)} ${status}. An approval was received ${timeOf(item.approval_received_at)}, after a rejection.`;
  if (!yes && !(await isConfirmed(question, 'yes')))
    throw new CannotRunError(`Nothing was decided. ${question} Add --yes to confirm.`);

  const decision = decisionOn(item, await callerOf(target), why);
  if (!decision) throw new CannotRunError(`The item ${key.pk} / ${key.sk} was edited: its as_of or status_rank is not a number.`);
  const bytes = Buffer.from(JSON.stringify({ id: userId, status }));
  const receivedAt = Date.now();
  const MessageBody = encodeEnvelope({ id: deliveryId(bytes), receivedAt, bytes, decision });
  await new SQSClient(target.client).send(new SendMessageCommand({ QueueUrl: target.queueUrl, MessageBody }));

  let now: StoredItem | undefined;
  do {
    now = await table.one(key);
    if (isDecided(now, receivedAt)) break;
    await wait(POLL_EVERY_MS);
  } while (Date.now() - receivedAt < SHOWN_WITHIN_MS);
  const done = isDecided(now, receivedAt);
  const shown = typeof now?.status === 'string' ? now.status : null;
  if (json) printJson({ user_id: userId, decided: status, by: decision.by, recorded: done, status: shown });
  else if (!done) {
    console.log(
      `The table does not show the decision after ${SHOWN_WITHIN_MS / 1_000} s. It is on the queue: ${CALLED} status ${shellWord(userId)}${target.options}`,
    );
  } else if (shown !== status) {
    console.log(`Recorded, but the table says ${shown}: Kraken's newer result overrides the decision.`);
  } else console.log(`User ${visible(userId)} is ${status}, decided by ${visible(decision.by)}.`);
  return done ? EXIT.done : EXIT.problem;
};

const isDecided = (item: StoredItem | undefined, receivedAt: number): boolean => Number(item?.decided_at) >= receivedAt;

const timeOf = (epochMs: StoredItem[string] | undefined): string => formatInstant(Number(epochMs));

const notContested = (userId: string, item: StoredItem | undefined, { options }: Target): string => {
  const is = item?.status === undefined || item.status === null ? 'has no result of Kraken' : `is ${item.status}`;
  return `Nothing to decide: user ${visible(userId)} ${is}, and no results contradict each other. List those that do: ${CALLED} contested${options}`;
};
