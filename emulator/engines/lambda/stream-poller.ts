import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { LocalFunction } from '../../runtime/local-function.ts';
import type { TableChange, TableStreams } from '../dynamodb/table-stream.ts';
import type { EventFilter } from './event-filter.ts';
import type { Poller } from './poller.ts';

export interface StreamPollerSettings {
  readonly tableName: string;
  readonly streamArn: string;
  readonly region: string;
  readonly batchSize: number;
  readonly reportsFailures: boolean;
  readonly bisects: boolean;
  readonly isWanted: EventFilter;
  /** The age in milliseconds above which records are discarded. */
  readonly discardAfterMs: number;
  /** Stores discarded records. */
  discard(event: DynamoDBStreamEvent): Promise<void>;
  /** Whether the function's role permits Lambda to read the stream. */
  mayRead(): boolean;
  /** Called with the age of a batch's last change, in milliseconds: Lambda's IteratorAge. */
  onAge(ms: number): void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Emulates Lambda's event source mapping for a table's stream with one shard: processes changes in order, and retries from the
 * first that failed, until they are too old. A batch that fails as a whole is split in half if the mapping bisects.
 */
export const startStreamPoller = (streams: TableStreams, target: LocalFunction, settings: StreamPollerSettings): Poller => {
  const { tableName, streamArn, region, batchSize, reportsFailures, bisects, isWanted, discardAfterMs, discard, mayRead, onAge } =
    settings;
  const stopping = new AbortController();
  let size = batchSize;
  let pause = FIRST_PAUSE_MS;

  const rest = async (): Promise<void> => {
    await wait(pause, undefined, { signal: stopping.signal }).catch(() => {});
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };

  const hand = async (changes: readonly TableChange[]): Promise<void> => {
    const oldest = Date.now() - discardAfterMs;
    const tooOld = changes.filter(({ at }) => at < oldest);
    if (tooOld.length > 0) {
      await discard(streamEvent(tooOld, streamArn, region));
      return streams.done(tooOld);
    }
    const { Records } = streamEvent(changes, streamArn, region);
    const unwanted = changes.filter((_, index) => !isWanted(Records[index] as DynamoDBRecord));
    if (unwanted.length > 0) return streams.done(unwanted);
    onAge(Date.now() - (changes.at(-1)?.at ?? 0));
    const event = { Records };
    const response = (await target.invoke(event)) as DynamoDBBatchResponse | null;
    const failed = reportsFailures ? firstFailed(changes, response) : changes.length;
    streams.done(changes.slice(0, failed));
    size = batchSize;
    if (failed > 0) pause = FIRST_PAUSE_MS;
    if (failed < changes.length) await rest();
  };

  const loop = async (): Promise<void> => {
    while (!mayRead()) {
      await rest();
      if (stopping.signal.aborted) return;
    }
    while (!stopping.signal.aborted) {
      const changes = streams.take(tableName, size);
      if (changes.length === 0) {
        await streams.changed(stopping.signal);
        continue;
      }
      await hand(changes).catch(async () => {
        if (bisects) size = Math.max(1, Math.floor(changes.length / 2));
        await rest();
      });
    }
  };
  const looping = loop();

  return {
    drain: async () => {
      stopping.abort();
      await looping;
    },
    stop: async () => {
      stopping.abort();
      await Promise.race([looping, wait(2_000, undefined, { ref: false })]);
    },
  };
};

/** The index of the first change that Lambda would retry. An identifier that is not in the batch means the whole batch. */
const firstFailed = (changes: readonly TableChange[], response: DynamoDBBatchResponse | null): number => {
  const failed = (response?.batchItemFailures ?? []).map(({ itemIdentifier }) =>
    changes.findIndex(({ number }) => String(number) === itemIdentifier),
  );
  return Math.max(0, Math.min(changes.length, ...failed));
};

const streamEvent = (changes: readonly TableChange[], eventSourceARN: string, awsRegion: string): DynamoDBStreamEvent => ({
  Records: changes.map(
    ({ number, key, before, after, at }) =>
      ({
        eventID: `${at.toString(16)}-${number}`,
        eventName: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        eventSourceARN,
        awsRegion,
        dynamodb: {
          Keys: key,
          ...(before && { OldImage: before }),
          ...(after && { NewImage: after }),
          SequenceNumber: String(number),
          ApproximateCreationDateTime: at / 1_000,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      }) as DynamoDBRecord,
  ),
});
