import { beforeEach, describe, expect, test } from '@jest/globals';
import { awsError } from '../../../emulator/aws/request.ts';
import type { HeldMessage } from '../../../functions/core/held-message.ts';
import { createDeadLetterQueue } from '../../../functions/queues/dead-letter-queue.ts';
import { createMessages } from '../../../functions/queues/messages.ts';
import { stillHidden } from '../../../functions/queues/still-hidden.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';

const stack = useStackInProcess();

const held = new Map<string, HeldMessage>();
beforeEach(() => held.clear());

const bodiesHeld = (): string[] => [...held.values()].map(({ body }) => body).sort();
const messagesOf = (countsAttempts?: boolean) =>
  createMessages(stack.sqs, stack.urls.dead, countsAttempts === undefined ? undefined : { countsAttempts });
const send = async (...bodies: string[]): Promise<void> => {
  for (const body of bodies) await stack.send('dead', body);
};
const REFUSED = awsError(400, 'AccessDeniedException', 'not allowed');

describe('the messages of a queue', () => {
  test('are all received, and invisible to others for as long as was asked', async () => {
    const bodies = Array.from({ length: 25 }, (_, index) => `m${index + 10}`);
    const before = Date.now();
    await send(...bodies);
    const waits = new Set<number>();
    const seconds = new Set<number>();
    stack.intercept(({ action, body }) => {
      if (action !== 'ReceiveMessage') return undefined;
      const { VisibilityTimeout, MaxNumberOfMessages } = JSON.parse(body.toString());
      seconds.add(VisibilityTimeout);
      waits.add(MaxNumberOfMessages);
      return undefined;
    });
    await messagesOf().takeAll(77, held);
    expect([bodiesHeld(), [...seconds], [...waits]]).toEqual([bodies, [77], [10]]);
    expect(stack.depthOf('dead')).toMatchObject({ visible: 0, hidden: 25 });
    for (const [id, { messageId, receiptHandle, sentAt }] of held) {
      expect([messageId, receiptHandle.length > 0, sentAt >= before, sentAt <= Date.now()]).toEqual([id, true, true, true]);
    }
  });

  test('are received until there are enough', async () => {
    await send(...Array.from({ length: 200 }, (_, index) => `m${index}`));
    await messagesOf().takeAll(60, held, () => held.size > 0);
    expect(held.size).toBeGreaterThanOrEqual(10);
    expect(held.size).toBeLessThanOrEqual(80);
    await messagesOf().takeAll(60, held, () => true);
    expect(held.size).toBeLessThanOrEqual(80);
  });

  test('are received no more after an error, and those received by then are known', async () => {
    await send(...Array.from({ length: 200 }, (_, index) => `m${index}`));
    let receives = 0;
    stack.intercept(({ action }) => (action === 'ReceiveMessage' && ++receives === 9 ? REFUSED : undefined));
    await expect(messagesOf().takeAll(60, held)).rejects.toThrow('not allowed');
    expect(receives).toBeLessThanOrEqual(16);
    expect([held.size % 10, stack.depthOf('dead').hidden]).toEqual([0, held.size]);
  });

  test('given back are visible again, in calls of ten', async () => {
    const bodies = Array.from({ length: 25 }, (_, index) => `m${index + 10}`);
    await send(...bodies);
    await messagesOf().takeAll(60, held);
    await messagesOf().giveBack([...held.values()]);
    expect(stack.calls().filter((action) => action === 'ChangeMessageVisibilityBatch')).toHaveLength(3);
    expect(stack.calls().filter((action) => action === 'SendMessage')).toHaveLength(25);
    expect(await stack.bodies('dead')).toEqual(bodies);
  });

  test('given back are new ones if each receive counts as an attempt', async () => {
    await send('a', 'b');
    await messagesOf(true).takeAll(60, held);
    const ids = [...held.keys()];
    await messagesOf(true).giveBack([...held.values()]);
    expect(await stack.bodies('dead')).toEqual(['a', 'b']);
    held.clear();
    await messagesOf().takeAll(60, held);
    expect([...held.keys()].some((id) => ids.includes(id))).toBe(false);
    expect([held.size, stack.depthOf('dead')]).toEqual([2, expect.objectContaining({ visible: 0, hidden: 2 })]);
  });

  test('that cannot be sent as new ones become visible as they are, so that none is lost', async () => {
    const bodies = Array.from({ length: 12 }, (_, index) => `m${index + 10}`);
    await send(...bodies);
    await messagesOf(true).takeAll(60, held);
    stack.intercept(({ action, body }) => (action === 'SendMessage' && body.includes('m12') ? REFUSED : undefined));
    await expect(messagesOf(true).giveBack([...held.values()])).rejects.toThrow('not allowed');
    expect(stack.depthOf('dead')).toMatchObject({ visible: 12, hidden: 0 });
    expect(await stack.bodies('dead')).toEqual(bodies);
  });

  test('that were sent as new ones, but not deleted, are not made visible twice', async () => {
    await send('a');
    await messagesOf(true).takeAll(60, held);
    stack.intercept(({ action }) => (action === 'DeleteMessage' ? REFUSED : undefined));
    await expect(messagesOf(true).giveBack([...held.values()])).rejects.toThrow('not allowed');
    expect(stack.depthOf('dead')).toMatchObject({ visible: 1, hidden: 1 });
  });

  test('can be deleted', async () => {
    await send('a', 'b');
    await messagesOf().takeAll(60, held);
    const [first] = [...held.values()].filter(({ body }) => body === 'a');
    await messagesOf().delete(first as HeldMessage);
    await messagesOf().giveBack([...held.values()].filter(({ body }) => body === 'b'));
    expect(await stack.bodies('dead')).toEqual(['b']);
  });

  test('of an answer without any are none', async () => {
    stack.intercept(({ action }) =>
      action === 'ReceiveMessage' ? { ...REFUSED, status: 200, headers: {}, body: '{}' } : undefined,
    );
    await messagesOf().takeAll(60, held);
    expect(held.size).toBe(0);
  });
});

describe('the dead-letter queue', () => {
  const queue = () => createDeadLetterQueue({ sqs: stack.sqs, queueUrl: stack.urls.queue, deadLetterQueueUrl: stack.urls.dead });

  test('tells its counts, and those of the source queue', async () => {
    await send('a', 'b', 'c');
    await messagesOf().takeAll(60, held, () => held.size > 0);
    await send('d');
    for (const body of ['x', 'y']) await stack.send('queue', body);
    await stack.hide('queue');
    await stack.send('queue', 'z');
    expect(await queue().facts()).toEqual({ count: 1, hidden: 3, queued: 3, retentionMs: 14 * 86_400_000, attempts: 5 });
  });

  test('tells that it does not know the attempts if the source queue has no redrive policy', async () => {
    const other = createDeadLetterQueue({
      sqs: stack.sqs,
      queueUrl: stack.urls.unpublished,
      deadLetterQueueUrl: stack.urls.dead,
    });
    expect(await other.facts()).toMatchObject({ count: 0, attempts: Number.NaN });
  });

  test('tells nothing wrong of an answer without attributes', async () => {
    stack.intercept(({ action }) => (action === 'GetQueueAttributes' ? { status: 200, headers: {}, body: '{}' } : undefined));
    expect(await queue().facts()).toMatchObject({ count: Number.NaN, hidden: Number.NaN });
  });

  test('sends a message to the source queue before it deletes it here', async () => {
    await send('a');
    await queue().takeAll(60, held);
    const [one] = held.values();
    stack.intercept(({ action }) => (action === 'DeleteMessage' ? REFUSED : undefined));
    await expect(queue().redrive(one as HeldMessage)).rejects.toThrow('not allowed');
    expect([await stack.bodies('queue'), stack.depthOf('dead').hidden]).toEqual([['a'], 1]);
    stack.intercept(() => undefined);
    await queue().redrive(one as HeldMessage);
    expect([await stack.bodies('queue'), stack.depthOf('dead')]).toEqual([
      ['a', 'a'],
      expect.objectContaining({ visible: 0, hidden: 0 }),
    ]);
  });

  test('takes a body itself', async () => {
    await queue().put('a');
    expect([await stack.bodies('dead'), await stack.bodies('queue')]).toEqual([['a'], []]);
  });
});

test.each([
  [{ count: 3, hidden: 2 }, 3, 2],
  [{ count: 3, hidden: 2 }, 5, 0],
  [{ count: 3, hidden: 2 }, 4, 1],
  [{ count: 3, hidden: 2 }, 9, 0],
  [{ count: 3, hidden: 2 }, 0, 2],
  [{ count: 0, hidden: 0 }, 0, 0],
])('of %j, after %i messages were received, others hold %i', (counts, seen, hidden) => {
  expect(stillHidden(counts, seen)).toBe(hidden);
});
