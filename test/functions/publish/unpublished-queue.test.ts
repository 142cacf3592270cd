import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUnpublishedQueue } from '../../../functions/publish/unpublished-queue.ts';
import { startQueues } from '../../support/queues.ts';

let queues: Awaited<ReturnType<typeof startQueues>>;

beforeAll(async () => {
  queues = await startQueues();
});

afterAll(() => queues.stop());

test('a record with characters that SQS rejects is on the queue, and one too large without its images', async () => {
  const url = await queues.create('hostile');
  const put = createUnpublishedQueue(queues.client, url);
  const record = { id: 'e1', sequenceNumber: 's1', at: 1, key: { pk: 'USER#u', sk: 'EMAIL' } };
  const note = '\ufffe\uffff\u0000 é 😀';
  await put({ ...record, before: undefined, after: { note } }, 'problem');
  await put({ ...record, before: { note: '"'.repeat(390_000) }, after: { note: '"'.repeat(390_000) } }, 'problem');
  const messages = await queues.receive(url);
  expect(messages.map(({ Body = '' }) => /^[\x20-\x7e]*$/.test(Body) && JSON.parse(Body))).toEqual([
    { v: 1, problem: 'problem', id: 'e1', at: 1, key: record.key, after: { note } },
    { v: 1, problem: 'problem', id: 'e1', at: 1, key: record.key },
  ]);
});

test('a record that cannot be published is on the queue complete, with its problem', async () => {
  const url = await queues.create('unpublished');
  const key = { pk: 'USER#u', sk: 'EMAIL' };
  const record = { id: 'e1', sequenceNumber: 's1', at: 1, key, before: undefined, after: { as_of: 'text' } };
  await createUnpublishedQueue(queues.client, url)(record, 'contradiction');
  const messages = await queues.receive(url);
  expect(messages.map(({ Body = '' }) => JSON.parse(Body))).toEqual([
    { v: 1, problem: 'contradiction', id: 'e1', at: 1, key, after: { as_of: 'text' } },
  ]);
});
