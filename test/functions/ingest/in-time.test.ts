import { describe, expect, test } from '@jest/globals';
import { inTime } from '../../../functions/ingest/in-time.ts';

const never = new Promise<never>(() => {});

describe('waiting for a service', () => {
  test("resolves with the service's answer", async () => {
    expect(await inTime('SQS', Promise.resolve('answer'), new AbortController().signal)).toBe('answer');
  });

  test('ends with the name of the service when time is up', async () => {
    const time = new AbortController();
    const answer = inTime('SQS', never, time.signal);
    time.abort();
    await expect(answer).rejects.toThrow('out of time waiting for SQS');
  });

  test('ends immediately if time was up before', async () => {
    await expect(inTime('Secrets Manager', never, AbortSignal.abort())).rejects.toThrow('waiting for Secrets Manager');
  });
});
