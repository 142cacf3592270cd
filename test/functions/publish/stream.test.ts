import { describe, expect, jest, test } from '@jest/globals';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { Result } from '../../../functions/publish/publish.ts';
import type { StreamRecord } from '../../../functions/publish/schedule.ts';
import { createHandler, type Publish } from '../../../functions/publish/stream.ts';
import { aContext, logged } from '../../support/lambda.ts';

const RECORD = {
  eventID: 'e1',
  dynamodb: {
    SequenceNumber: 's1',
    ApproximateCreationDateTime: 1_700_000_000,
    Keys: { pk: { S: 'USER#u' }, sk: { S: 'LEVEL#basic' } },
    NewImage: { status: { S: 'approved' }, as_of: { N: '7' }, tags: { SS: ['x'] } },
  },
};
const another = (number: number) => ({
  ...RECORD,
  eventID: `e${number}`,
  dynamodb: { ...RECORD.dynamodb, SequenceNumber: `s${number}` },
});
const BATCH = { Records: [RECORD, another(2), another(3)] };

const handling = async (publish: Publish, event: unknown = BATCH, remainingMs?: number) => {
  let failures: string[] | undefined;
  const log = await logged(async () => {
    const { batchItemFailures } = await createHandler(publish)(event as DynamoDBStreamEvent, aContext(remainingMs));
    failures = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  });
  return { failures, log };
};

const published = (record: StreamRecord): Result => ({ record, kind: 'published' });

describe('the stream handler', () => {
  test('passes each record on with its key, its images as plain values, and the time of the write', async () => {
    let given: readonly StreamRecord[] = [];
    await handling(
      async (records) => {
        given = records;
        return [];
      },
      { Records: [RECORD] },
    );
    expect(given).toEqual([
      {
        id: 'e1',
        sequenceNumber: 's1',
        at: 1_700_000_000_000,
        key: { pk: 'USER#u', sk: 'LEVEL#basic' },
        before: undefined,
        after: { status: 'approved', as_of: 7, tags: null },
      },
    ]);
  });

  test('reports failed records, and those without a result, by sequence number in the order of the stream', async () => {
    const { failures } = await handling(async ([first, second]) => [
      { record: second as StreamRecord, kind: 'set_aside', problem: 'p' },
      { record: first as StreamRecord, kind: 'failed', problem: 'throttled' },
    ]);
    expect(failures).toEqual(['s1', 's3']);
  });

  test('logs published changes in one line, and nothing if there is nothing to publish', async () => {
    const { failures, log } = await handling(async (records) => records.map(published));
    expect(failures).toEqual([]);
    expect(JSON.parse(log)).toEqual({
      timestamp: expect.any(String),
      level: 'INFO',
      message: 'changes',
      published: { n: 3, ids: ['e1', 'e2', 'e3'] },
    });
    expect(await handling(async (records) => records.map((record) => ({ record, kind: 'nothing_to_publish' })))).toEqual({
      failures: [],
      log: '',
    });
  });

  test('logs records that are not published as an error, with their problems', async () => {
    const { log } = await handling(async ([first, second, third]) => [
      published(first as StreamRecord),
      { record: second as StreamRecord, kind: 'set_aside', problem: 'contradiction' },
      { record: third as StreamRecord, kind: 'failed', problem: 'throttled' },
    ]);
    expect(JSON.parse(log)).toEqual({
      timestamp: expect.any(String),
      level: 'ERROR',
      message: 'changes',
      published: { n: 1, ids: ['e1'] },
      unpublished: {
        n: 2,
        changes: [
          { id: 'e2', kind: 'set_aside', problem: 'contradiction' },
          { id: 'e3', kind: 'failed', problem: 'throttled' },
        ],
      },
      requestId: 'lambda-request',
    });
  });

  const NOT_A_RECORD = 'not a stream record with pk, sk, an event id and a sequence number';
  const without = (part: object) => ({ Records: [{ ...RECORD, dynamodb: { ...RECORD.dynamodb, ...part } }] });

  test.each<[unknown, string]>([
    [null, 'not a DynamoDB stream event'],
    [{}, 'not a DynamoDB stream event'],
    [{ Records: {} }, 'not a DynamoDB stream event'],
    [{ Records: [{ eventID: 'e1' }] }, NOT_A_RECORD],
    [{ Records: [{ ...RECORD, eventID: undefined }] }, NOT_A_RECORD],
    [without({ SequenceNumber: undefined }), NOT_A_RECORD],
    [without({ Keys: { pk: { S: 'USER#u' } } }), NOT_A_RECORD],
    [without({ Keys: { sk: { S: 'EMAIL' } } }), NOT_A_RECORD],
    [without({ Keys: { pk: { N: '1' }, sk: { S: 'EMAIL' } } }), NOT_A_RECORD],
  ])('throws on %j, so that Lambda retries the whole batch, and logs why', async (event, problem) => {
    const log = await logged(() =>
      expect(createHandler(async () => [])(event as DynamoDBStreamEvent, aContext())).rejects.toThrow(problem),
    );
    expect(JSON.parse(log)).toMatchObject({ level: 'ERROR', message: 'records failed', problem, requestId: 'lambda-request' });
  });

  test('stops publishing exactly two seconds before the timeout, and leaves no timer behind', async () => {
    jest.useFakeTimers();
    try {
      let signal: AbortSignal | undefined;
      const publish: Publish = (_, given) => {
        signal = given;
        return new Promise((resolve) => given.addEventListener('abort', () => resolve([])));
      };
      const handled = handling(publish, BATCH, 7_000);
      await jest.advanceTimersByTimeAsync(4_999);
      expect(signal?.aborted).toBe(false);
      expect(jest.getTimerCount()).toBe(1);
      await jest.advanceTimersByTimeAsync(1);
      expect((await handled).failures).toEqual(['s1', 's2', 's3']);
      expect((await handling(async (records) => records.map(published), BATCH, 7_000)).failures).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('has no time to publish if less than two seconds are left', async () => {
    const untilAborted: Publish = (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve([])));
    expect((await handling(untilAborted, BATCH, -1_000)).failures).toEqual(['s1', 's2', 's3']);
  });
});
