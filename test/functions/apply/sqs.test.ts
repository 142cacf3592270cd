import { describe, expect, jest, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { createApply, type Result } from '../../../functions/apply/apply.ts';
import { type Apply, createHandler } from '../../../functions/apply/sqs.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import type { Outcome } from '../../../functions/core/state.ts';
import { describeError } from '../../../functions/log.ts';
import { aBatch, aContext, logged } from '../../support/lambda.ts';
import { aVerification, bytesOf } from '../../support/notifications.ts';

const done = (messageId: string, kind: Outcome = 'applied'): Result => ({
  messageId,
  kind,
  id: `id-${messageId}`,
  lagMs: Number(messageId.slice(1)),
  contested: kind === 'contested',
});
const failed = (messageId: string): Result => ({ messageId, kind: 'failed', problem: 'throttled' });

const handling = async (apply: Apply, event = aBatch('a', 'b', 'c'), remainingMs?: number) => {
  let failures: string[] | undefined;
  const log = await logged(async () => {
    const { batchItemFailures } = await createHandler(apply)(event, aContext(remainingMs));
    failures = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  });
  return { failures, log };
};

describe('the SQS handler', () => {
  test('reports nothing if all messages are applied, duplicate or stale', async () => {
    const { failures } = await handling(async () => [done('m1'), done('m2', 'duplicate'), done('m3', 'stale')]);
    expect(failures).toEqual([]);
  });

  test('reports exactly the failed messages', async () => {
    expect((await handling(async () => [failed('m2'), done('m1'), failed('m3')])).failures).toEqual(['m2', 'm3']);
  });

  test('reports a message without a result, because it is not known to be applied', async () => {
    expect((await handling(async () => [done('m2')])).failures).toEqual(['m1', 'm3']);
  });

  test('reports an id that has both a successful and a failed result', async () => {
    expect((await handling(async () => [done('m1'), failed('m1'), done('m2'), done('m3')])).failures).toEqual(['m1']);
  });

  test.each<[unknown, string]>([
    [null, 'not an SQS event'],
    [{}, 'not an SQS event'],
    [{ version: '2.0', headers: {} }, 'not an SQS event'],
    [{ Records: {} }, 'not an SQS event'],
    [{ Records: [null] }, 'not an SQS event: it has a record without a message id'],
    [{ Records: [{ messageId: '', body: 'a' }] }, 'not an SQS event: it has a record without a message id'],
  ])('throws on %j, so that SQS keeps the whole batch, and logs: %s', async (event, problem) => {
    const log = await logged(() => expect(createHandler(async () => [])(event as SQSEvent, aContext())).rejects.toThrow(problem));
    expect(JSON.parse(log)).toEqual({
      timestamp: expect.any(String),
      level: 'ERROR',
      message: 'batch failed',
      problem,
      requestId: 'lambda-request',
    });
  });

  test('stops writing exactly a second before the timeout, and leaves no timer behind', async () => {
    jest.useFakeTimers();
    try {
      let signal: AbortSignal | undefined;
      const untilAborted: Apply = (_, given) => {
        signal = given;
        return new Promise((resolve) => given.addEventListener('abort', () => resolve([done('m1'), failed('m2'), failed('m3')])));
      };
      const handled = handling(untilAborted, undefined, 7_000);
      await jest.advanceTimersByTimeAsync(5_999);
      expect(signal?.aborted).toBe(false);
      expect(jest.getTimerCount()).toBe(1);
      await jest.advanceTimersByTimeAsync(1);
      expect((await handled).failures).toEqual(['m2', 'm3']);
      expect((await handling(async () => [done('m1'), done('m2'), done('m3')], undefined, 7_000)).failures).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each([1_010, 0, -1_000])(
    'reports each message that it had no time to write as out of time (%d ms left)',
    async (remainingMs) => {
      const apply = createApply({ write: () => new Promise(() => {}), describe: describeError, now: Date.now });
      const body = () => encodeEnvelope({ id: 'id', receivedAt: Date.now(), bytes: bytesOf(aVerification()) });
      const { failures, log } = await handling(apply, aBatch(body(), body()), remainingMs);
      expect(failures).toEqual(['m1', 'm2']);
      const { failed } = JSON.parse(log);
      expect(failed.messages).toMatchObject([{ problem: 'out of time' }, { problem: 'out of time' }]);
    },
  );

  test('logs one short line for an applied batch: the ids and their count per outcome, and the longest lag', async () => {
    const { log } = await handling(async () => [done('m1'), done('m2'), done('m3', 'stale')]);
    expect(log).toMatch(
      /^{"timestamp":"[^"]{24}","level":"INFO","message":"batch","applied":{"n":2,"ids":\["id-m1","id-m2"]},"stale":{"n":1,"ids":\["id-m3"]},"lag_ms":3}\n$/,
    );
  });

  test('logs a warning for what is contested, which an alarm counts whatever the log level is', async () => {
    const { log } = await handling(async () => [done('m1'), done('m2', 'contested'), done('m3')]);
    expect(JSON.parse(log)).toMatchObject({
      level: 'WARN',
      message: 'batch',
      applied: { n: 2 },
      contested: { n: 1, ids: ['id-m2'] },
      requestId: 'lambda-request',
    });
  });

  test('logs one line for a batch with failures: also the failed messages with their problems, and the Lambda request id', async () => {
    const { log } = await handling(async () => [done('m1'), done('m2', 'stale'), failed('m3')]);
    expect(JSON.parse(log)).toEqual({
      timestamp: expect.any(String),
      level: 'ERROR',
      message: 'batch',
      applied: { n: 1, ids: ['id-m1'] },
      stale: { n: 1, ids: ['id-m2'] },
      lag_ms: 2,
      failed: { n: 1, messages: [{ messageId: 'm3', problem: 'throttled' }] },
      requestId: 'lambda-request',
    });
  });

  test('logs no lag if no message was applied', async () => {
    const { log } = await handling(async () => [failed('m1'), failed('m2'), failed('m3')]);
    expect(JSON.parse(log)).not.toHaveProperty('lag_ms');
  });
});
