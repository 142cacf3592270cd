import { setTimeout as wait } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { chunk } from '../functions/chunk.ts';
import { type Envelope, encodeEnvelope } from '../functions/core/envelope.ts';
import { recordKeyOf } from '../functions/core/record.ts';
import { identityOf, isMarkMissing, predictOutcome, type State, type StoredItem } from '../functions/core/state.ts';
import { isTestUser } from '../functions/core/test-user.ts';
import { count } from '../functions/words/count.ts';
import { CALLED } from './called.ts';
import { CannotRunError } from './failure.ts';
import { stateReaderOf } from './state-reader.ts';
import type { Target } from './target.ts';

const POLL_EVERY_MS = 250;
/** How long apply may write nothing: on AWS, the queue may have others in front. */
const PATIENCE_MS = { deployed: 300_000, local: 30_000 } as const;
// AWS: a batch has up to ten entries, and 1 MiB in total. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const ENTRIES_PER_CALL = 10;
const BYTES_PER_CALL = 1_048_576;

/** A state to apply, and the delivery that states it. */
export interface Stated {
  readonly state: State;
  readonly envelope: Envelope;
}

/**
 * Puts deliveries on the queue, and waits until the table shows each of them or something newer, and
 * the history has its record. Only apply writes to the tables.
 *
 * @param shown called for each once the table shows it
 * @throws CannotRunError if apply writes none of them for too long; they stay on the queue
 */
export const applyThroughQueue = async <One extends Stated>(
  target: Target,
  all: readonly One[],
  shown: (one: One) => void,
): Promise<void> => {
  const sqs = new SQSClient(target.client);
  for (const some of callsOf(all)) {
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: target.queueUrl, Entries: some }));
    const [refused] = Failed;
    if (refused) throw new CannotRunError(`SQS did not take ${count(Failed.length, 'message')}: ${refused.Code}.`);
  }
  const reader = stateReaderOf(target);
  const history = target.historyTableName === undefined ? undefined : stateReaderOf(target, target.historyTableName);
  const recordOf = ({ state, envelope }: One): Pick<State, 'key'>[] =>
    history && !isTestUser(state.key.pk) ? [{ key: recordKeyOf(envelope, state) }] : [];
  const patience = PATIENCE_MS[target.deployed ? 'deployed' : 'local'];
  let waiting: readonly One[] = all;
  for (let since = Date.now(); waiting.length > 0; ) {
    const items = await reader.many(waiting.map(({ state }) => state.key));
    const recorded = await history?.existing(waiting.flatMap(recordOf).map(({ key }) => key));
    const isWaiting = (one: One) =>
      !shows(items.get(identityOf(one.state)), one.state) || recordOf(one).some((record) => !recorded?.has(identityOf(record)));
    for (const one of waiting) if (!isWaiting(one)) shown(one);
    const left = waiting.filter(isWaiting);
    if (left.length < waiting.length) since = Date.now();
    waiting = left;
    if (waiting.length === 0) return;
    if (Date.now() - since > patience) {
      throw new CannotRunError(
        `${count(waiting.length, 'message is', 'messages are')} on the queue, and apply has written nothing for ${patience / 1_000} s. See why: ${CALLED} doctor${target.options}`,
      );
    }
    await wait(POLL_EVERY_MS);
  }
};

/** Whether an item says this, or something newer: of a result of Kraken also when it was received, which apply writes apart. */
export const shows = (item: StoredItem | undefined, state: State): boolean =>
  predictOutcome(state, item) !== 'applied' && !(state.mark && item && isMarkMissing(state.mark, item));

/** The entries of each call. */
const callsOf = (all: readonly Stated[]): { readonly Id: string; readonly MessageBody: string }[][] =>
  chunk(all, ENTRIES_PER_CALL).flatMap((some) => {
    const entries = some.map(({ envelope }, index) => ({ Id: String(index), MessageBody: encodeEnvelope(envelope) }));
    const bytes = entries.reduce((sum, { MessageBody }) => sum + MessageBody.length, 0);
    return bytes <= BYTES_PER_CALL ? [entries] : entries.map((one) => [one]);
  });
