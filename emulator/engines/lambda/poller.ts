import { setTimeout as wait } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { LocalFunction } from '../../runtime/local-function.ts';
import type { EventFilter } from './event-filter.ts';

export interface PollerSettings {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsFailures: boolean;
  readonly isWanted: EventFilter;
}

// Lambda starts with five; this machine has fewer cores.
const BATCHES_AT_ONCE = 2;
const RECEIVE_AT_MOST = 10;
const LONG_POLL_SECONDS = 5;
const PAUSE_AFTER_ERROR_MS = 250;

export interface Poller {
  /**
   * Stops polling, and resolves when received messages are processed. Waits for a pending long poll to end: SQS could still
   * return a message to it, and hide that message.
   */
  drain(): Promise<void>;
  /** Stops polling, and waits at most two seconds for batches in progress. */
  stop(): Promise<void>;
}

/** Timeouts of the poller's client, in milliseconds: a call that hangs must not stop the polling. */
export const POLLER_LIMITS = {
  requestTimeout: (LONG_POLL_SECONDS + 2) * 1_000,
  socketTimeout: (LONG_POLL_SECONDS + 2) * 1_000,
  throwOnRequestTimeout: true,
} as const;

/**
 * Emulates Lambda's event source mapping for SQS: collects batches, invokes the function, deletes messages that it does not
 * report as failed.
 */
export const startPoller = (sqs: SQSClient, target: LocalFunction, settings: PollerSettings): Poller => {
  const { queueUrl, queueArn, region, batchSize, windowMs, reportsFailures, isWanted } = settings;
  const stopping = new AbortController();
  let draining = false;

  const receive = async (most: number, waitSeconds: number): Promise<Message[]> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(most, RECEIVE_AT_MOST),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: stopping.signal },
    );
    return Messages;
  };

  const gather = async (): Promise<Message[]> => {
    const batch = await receive(batchSize, LONG_POLL_SECONDS);
    const windowEnds = Date.now() + windowMs;
    while (batch.length > 0 && batch.length < batchSize && Date.now() < windowEnds && !stopping.signal.aborted) {
      // If this fails, the messages received so far are still processed.
      const more = await receive(batchSize - batch.length, 0).catch(() => []);
      batch.push(...more);
      if (more.length === 0) await wait(20);
    }
    return batch;
  };

  const deleteAll = async (done: readonly Message[]): Promise<void> => {
    for (let first = 0; first < done.length; first += RECEIVE_AT_MOST) {
      const Entries = done
        .slice(first, first + RECEIVE_AT_MOST)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };

  const poll = async (): Promise<void> => {
    const gathered = await gather();
    const { Records } = sqsEvent(gathered, queueArn, region);
    const batch = gathered.filter((_, index) => isWanted(Records[index] as SQSRecord));
    // Lambda deletes what its filter does not pass on.
    await deleteAll(gathered.filter((message) => !batch.includes(message)));
    if (batch.length === 0) return;
    const response = (await target.invoke(sqsEvent(batch, queueArn, region))) as SQSBatchResponse | null;
    await deleteAll(reportsFailures ? succeeded(batch, response) : batch);
  };

  // Lambda reads the queue's attributes before it polls, and fails without that permission.
  const look = () => sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));

  const loop = async (): Promise<void> => {
    for (let seen = false; !seen && !stopping.signal.aborted && !draining; ) {
      seen = await look().then(
        () => true,
        () => wait(PAUSE_AFTER_ERROR_MS, false),
      );
    }
    while (!stopping.signal.aborted && !draining) await poll().catch(() => wait(PAUSE_AFTER_ERROR_MS));
  };
  const loops = Array.from({ length: BATCHES_AT_ONCE }, loop);

  return {
    drain: async () => {
      draining = true;
      await Promise.all(loops);
    },
    stop: async () => {
      stopping.abort();
      await Promise.race([Promise.all(loops), wait(2_000, undefined, { ref: false })]);
    },
  };
};

/**
 * The messages of a batch that Lambda would delete. All if the list of failures is empty or missing; none if an identifier is
 * empty or not in the batch.
 */
const succeeded = (batch: readonly Message[], response: SQSBatchResponse | null): readonly Message[] => {
  const failed = new Set((response?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  const ids = new Set(batch.map(({ MessageId }) => MessageId as string));
  return failed.isSubsetOf(ids) ? batch.filter(({ MessageId }) => !failed.has(MessageId as string)) : [];
};

const sqsEvent = (batch: readonly Message[], eventSourceARN: string, awsRegion: string): SQSEvent => ({
  Records: batch.map(
    ({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes }) =>
      ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        md5OfBody: MD5OfBody,
        attributes: Attributes,
        messageAttributes: {},
        eventSource: 'aws:sqs',
        eventSourceARN,
        awsRegion,
      }) as SQSEvent['Records'][number],
  ),
});
