import { describe, expect, test } from '@jest/globals';
import type { Result } from '../../../functions/apply/apply.ts';
import { type Apply, createHandler } from '../../../functions/apply/sqs.ts';
import { aBatch, aContext, logged } from '../../support/lambda.ts';

const done = (messageId: string, kind: 'applied' | 'duplicate' | 'stale' = 'applied'): Result => ({
  messageId,
  kind,
  id: `id-${messageId}`,
  lagMs: Number(messageId.slice(1)),
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

describe('the edge to SQS', () => {
  test('reports nothing when all is applied, duplicate or stale', async () => {
    const { failures } = await handling(async () => [done('m1'), done('m2', 'duplicate'), done('m3', 'stale')]);
    expect(failures).toEqual([]);
  });

  test('reports exactly what failed', async () => {
    expect((await handling(async () => [failed('m2'), done('m1'), failed('m3')])).failures).toEqual(['m2', 'm3']);
  });

  test('reports a message without a result, for it is not known to be applied', async () => {
    expect((await handling(async () => [done('m2')])).failures).toEqual(['m1', 'm3']);
  });

  test('reports an id that has a good and a bad result', async () => {
    expect((await handling(async () => [done('m1'), failed('m1'), done('m2'), done('m3')])).failures).toEqual(['m1']);
  });

  test('throws, so that SQS keeps the whole batch, if a record has no id', async () => {
    const event = aBatch('a');
    Object.assign(event.Records[0] as object, { messageId: '' });
    await expect(handling(async () => [], event)).rejects.toThrow('without a message id');
  });

  test('stops writing a second before its time is up', async () => {
    const untilAborted: Apply = (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve([done('m1'), failed('m2'), failed('m3')])));
    expect((await handling(untilAborted, undefined, 1_100)).failures).toEqual(['m2', 'm3']);
  });

  test('logs one line per batch: the ids and their number per outcome, the longest way, and what failed why', async () => {
    const { log } = await handling(async () => [done('m1'), done('m2', 'stale'), failed('m3')]);
    expect(JSON.parse(log)).toEqual({
      timestamp: expect.any(String),
      level: 'ERROR',
      message: 'batch',
      applied: { n: 1, ids: ['id-m1'] },
      stale: { n: 1, ids: ['id-m2'] },
      lag_ms: 2,
      failed: { n: 1, messages: [{ messageId: 'm3', problem: 'throttled' }] },
    });
  });
});
