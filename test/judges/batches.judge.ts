import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { eventually } from '../support/eventually.ts';
import { aBatch, aContext, logged } from '../support/lambda.ts';
import { aVerification, bytesOf } from '../support/notifications.ts';
import { plainTruth, type Statement } from '../support/plain-truth.ts';
import { type Apply, loadApply } from './functions.ts';
import { type MotoStack, startMotoStack } from './moto-stack.ts';
import { createQueue } from './queue.ts';
import { createTable } from './table.ts';

const RECEIVED = Date.parse('2024-06-01T00:00:00Z');

let moto: MotoStack;
let apply: Apply;
let table: ReturnType<typeof createTable>;

beforeAll(async () => {
  moto = await startMotoStack();
  apply = await loadApply(moto);
  table = createTable(moto.dynamodb, moto.outputs.TableName);
});

afterAll(() => moto.stop());

const message = (body: string) => encodeEnvelope({ id: 'id', receivedAt: RECEIVED, bytes: bytesOf(body) });

/** A hundred notifications about twenty users, each with a different time, unordered. */
const HUNDRED = Array.from({ length: 100 }, (_, index) => {
  const user = `user-${index % 20}`;
  const status = (['approved', 'contacted', 'rejected'] as const)[index % 3] ?? 'approved';
  const epochMs = RECEIVED - ((index * 37) % 100) * 1_000;
  const body = aVerification({ user, status, timestamp: formatInstant(epochMs) });
  return { kind: 'verification', user, level: 'basic', status, epochMs, receivedAt: RECEIVED, body } satisfies Statement;
});

describe('a batch, on moto,', () => {
  test('of a hundred messages ends in the newest state of each user, and reports those that cannot be understood', async () => {
    const isPoison = (index: number) => [0, 42, 99].includes(index);
    const bodies = HUNDRED.map(({ body }, index) => message(isPoison(index) ? 'nonsense' : body));
    // On a busy machine moto is slow, and writes time out: then the batch is redelivered.
    await logged(() =>
      eventually(async () => {
        const { batchItemFailures } = await apply(aBatch(...bodies), aContext(10_000));
        expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['m1', 'm100', 'm43']);
      }),
    );
    const understood = HUNDRED.filter((_, index) => !isPoison(index));
    for (const { user } of HUNDRED.slice(0, 20)) {
      expect([plainItem((await table.item(user)) ?? {})]).toEqual(plainTruth(user, understood));
    }
  });

  test('leaves only its poison message on the queue, which ends unchanged on the dead-letter queue', async () => {
    const users = Array.from({ length: 9 }, (_, index) => `neighbour-${index}`);
    const bodies = [message('nonsense'), ...users.map((user) => message(aVerification({ user })))];
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await moto.sqs.send(new SendMessageBatchCommand({ QueueUrl: moto.outputs.QueueUrl, Entries }));
    const queue = createQueue(moto.sqs, moto.outputs.QueueUrl);
    const sizes: number[] = [];
    await logged(async () => {
      for (let size = await queue.feed(apply); size > 0; size = await queue.feed(apply)) sizes.push(size);
    });
    expect(sizes).toEqual([10, 1, 1, 1, 1]);
    expect(await queue.depth()).toBe(0);
    expect(await Promise.all(users.map((user) => table.item(user)))).not.toContain(undefined);
    const deadLetters = await createQueue(moto.sqs, moto.outputs.DeadLetterQueueUrl).take();
    expect(deadLetters.map(({ Body }) => Body)).toEqual([bodies[0]]);
  });
});
