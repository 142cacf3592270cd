import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

// The answer of ingest. If ingest exceeds its eight seconds, API Gateway answers differently.
const UNAVAILABLE = { error: 'unavailable' };

describe('an outage of', () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ args: ['--visibility-timeout', '4'] });
  });

  afterEach(() => stack.setFaults([]));
  afterAll(() => stack.stop());

  test.each(['error', 'throttle', 'hang', 'drop', 'stall'] as const)(
    'the queue (%s): ingest answers 503 before API Gateway times out, and a retry is accepted',
    async (fault) => {
      const body = aVerification();
      await stack.setFaults([{ service: 'sqs', fault }]);
      const { status, headers, answer } = await stack.deliver(body);
      expect([status, answer]).toEqual([503, UNAVAILABLE]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);

      await stack.setFaults([]);
      expect(await stack.deliver(body)).toMatchObject({ status: 202, answer: { status: 'accepted' } });
      await eventually(async () => expect(await stack.queueDepth()).toBe(0));
    },
  );

  test('the queue during twenty concurrent deliveries: each gets 503', async () => {
    await stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'hang' }]);
    const all = await Promise.all(Array.from({ length: 20 }, () => stack.deliver(aVerification())));
    expect(all.map(({ status }) => status)).toEqual(Array(20).fill(503));
  });

  test('the secret since the first delivery: ingest answers 503', async () => {
    const fresh = await runStack();
    try {
      await fresh.setFaults([{ service: 'secretsmanager', fault: 'hang' }]);
      expect(await fresh.deliver(aVerification())).toMatchObject({ status: 503, answer: UNAVAILABLE });
    } finally {
      await fresh.stop();
    }
  });

  test.each(['error', 'throttle', 'hang', 'stall'] as const)(
    'the table (%s): the notification is applied afterwards',
    async (fault) => {
      const user = randomUUID();
      await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault }]);
      const { answer } = await stack.deliver(aVerification({ user }));
      await eventually(async () => expect(stack.output()).toMatch(new RegExp(`failed +${answer.id}`)));

      await stack.setFaults([]);
      await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved' }));
    },
  );

  test('the table for too long: accepted notifications are on the dead-letter queue', async () => {
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'throttle' }]);
    const { answer } = await stack.deliver(aVerification());
    await eventually(async () => {
      const deadLetters = (await stack.deadLetters()).map(({ Body }) => Body);
      expect(deadLetters).toContainEqual(expect.stringContaining(`"id":"${answer.id}"`));
    });
  });
});
