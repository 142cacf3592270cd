import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUnpublishedQueue } from '../../../functions/publish/unpublished-queue.ts';
import { startQueues } from '../../support/queues.ts';

let queues: Awaited<ReturnType<typeof startQueues>>;

beforeAll(async () => {
  queues = await startQueues();
});

afterAll(() => queues.stop());

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
