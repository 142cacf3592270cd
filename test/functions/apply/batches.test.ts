import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { loadBundle } from '../../support/bundle.ts';
import { runsOf } from '../../support/effort.ts';
import { eventually } from '../../support/eventually.ts';
import { lookalikes } from '../../support/hostile.ts';
import { aContext, logged } from '../../support/lambda.ts';
import { aVerification, bytesOf } from '../../support/notifications.ts';
import { startTable } from '../../support/table.ts';

let table: Awaited<ReturnType<typeof startTable>>;
let apply: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

beforeAll(async () => {
  table = await startTable('dynalite');
  apply = await loadBundle('Apply', { TABLE_NAME: table.tableName, AWS_ENDPOINT_URL: table.url });
});

afterAll(() => table.stop());

const envelope = (body: string | Uint8Array, signedFor?: readonly string[]): string =>
  encodeEnvelope({
    id: 'id',
    receivedAt: Date.now(),
    bytes: bytesOf(body),
    ...(signedFor && { parked: { reason: 'unknown_type', signedFor } }),
  });

const good = fc.constant(null).map(() => ({ body: envelope(aVerification()), fails: false }));
const bad = fc
  .oneof(
    fc.constantFrom(undefined, null, 7, '', '{}', 'null', '[]', '{"v":1}', '{"Records":[]}', '"text"'),
    fc.string(),
    fc.json(),
    fc.constantFrom(
      envelope('nonsense'),
      envelope('{"type":"verification_paused"}', ['*']),
      envelope(Buffer.from([0xff]), ['*']),
      envelope(aVerification(), ['email_changed']),
      envelope(aVerification()).replace('"v":1', '"v":0'),
      envelope(aVerification()).replace('"v":1', '"v":2'),
      envelope(aVerification()).replace('"received_at"', '"receivedAt"'),
    ),
  )
  .map((body) => ({ body, fails: true }));
const comingBack = fc.constantFrom(['*'], ['verification_approved'], ['*', 'email_changed']).map((signedFor) => ({
  body: envelope(aVerification(), signedFor),
  fails: false,
}));

describe('the deployed bundle of apply', () => {
  test('reports exactly the messages of a batch that it cannot apply', async () => {
    const batches = fc.array(fc.oneof(good, bad, comingBack), { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(batches, async (messages) => {
      const Records = messages.map(({ body }, index) => ({ messageId: `m${index}`, body }));
      // On a busy machine a write may time out, which is reported, too: then the batch is redelivered.
      await eventually(async () => {
        const { batchItemFailures } = await apply({ Records } as SQSEvent, aContext(10_000));
        const reported = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
        expect(reported).toEqual(messages.flatMap(({ fails }, index) => (fails ? [`m${index}`] : [])).sort());
      });
    });
    await logged(() => fc.assert(property, runsOf(500, 50)));
  });

  test('fails the whole batch if it is not a list of records', async () => {
    await logged(async () => {
      for (const event of [{}, { Records: null }, { Records: [null] }, { Records: [{ body: 'x' }] }]) {
        await expect(apply(event as unknown as SQSEvent, aContext(10_000))).rejects.toThrow('not an SQS event');
      }
    });
  });

  test('writes notifications with arbitrary values only to the item of their own subject', async () => {
    const scan = async () =>
      (await table.client.send(new ScanCommand({ TableName: table.tableName, ConsistentRead: true }))).Items ?? [];
    const property = fc.asyncProperty(lookalikes, async (body) => {
      const Records = [{ messageId: 'm', body: envelope(body) }];
      const { batchItemFailures } = await apply({ Records } as unknown as SQSEvent, aContext(10_000));
      if (batchItemFailures.length > 0) return;
      const { data = {}, id } = JSON.parse(body);
      // Fields that are not read may be anything, even an object without a string conversion.
      const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '');
      const keys = new Set([
        `USER#${text('user_id')} LEVEL#${text('level')}`,
        `USER#${text('user_id')} EMAIL`,
        `USER#${id} LEVEL#kraken`,
        `HUMAN#${text('idos_human_id')} CREDENTIAL#${text('credential_id')}`,
      ]);
      written.push(...keys);
    });
    const written = (await scan()).map(({ pk, sk }) => `${pk?.S} ${sk?.S}`);
    await logged(() => fc.assert(property, runsOf(500, 50)));
    const foreign = (await scan()).map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).filter((key) => !written.includes(key));
    expect(foreign).toEqual([]);
  });
});
