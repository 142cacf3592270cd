import { describe, expect, jest, test } from '@jest/globals';
import type { HeldMessage } from '../../../functions/core/held-message.ts';
import { withMessages } from '../../../functions/queues/with-messages.ts';

const letter = (messageId: string): HeldMessage => ({ messageId, receiptHandle: `r-${messageId}`, body: messageId, sentAt: 0 });

/** A queue with these messages, and what was done with them. */
const aQueue = (...ids: string[]) => {
  const [deleted, givenBack, seconds]: [string[], string[], number[]] = [[], [], []];
  return {
    deleted,
    givenBack,
    seconds,
    takeAll: async (hideForSeconds: number, held: Map<string, HeldMessage>, enough = () => false): Promise<void> => {
      seconds.push(hideForSeconds);
      for (const id of ids) if (!enough()) held.set(id, letter(id));
    },
    delete: async ({ messageId }: HeldMessage): Promise<void> => void deleted.push(messageId),
    giveBack: async (messages: readonly HeldMessage[]): Promise<void> => {
      givenBack.push(...messages.map(({ messageId }) => messageId));
    },
  };
};

describe('messages that are held', () => {
  test('are given back, except those that were deleted or taken by other means', async () => {
    const queue = aQueue('a', 'b', 'c', 'd');
    const result = await withMessages(queue, 60, async ({ messages, delete: remove, taken }) => {
      const [a, b] = messages;
      await remove(a as HeldMessage);
      taken(b as HeldMessage);
      return messages.length;
    });
    expect([result, queue.deleted, queue.givenBack, queue.seconds]).toEqual([4, ['a'], ['c', 'd'], [60]]);
  });

  test('are given back after an error', async () => {
    const queue = aQueue('a', 'b');
    const failing = withMessages(queue, 60, async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(queue.givenBack).toEqual(['a', 'b']);
  });

  test('are given back if they could not all be received', async () => {
    const queue = aQueue('a');
    const takeAll: typeof queue.takeAll = async (seconds, held) => {
      await queue.takeAll(seconds, held);
      throw new Error('broken');
    };
    const work = jest.fn(async () => {});
    await expect(withMessages({ ...queue, takeAll }, 60, work)).rejects.toThrow('broken');
    expect([queue.givenBack, work.mock.calls]).toEqual([['a'], []]);
  });

  test('are not deleted once others may have received them', async () => {
    const queue = aQueue('a', 'b', 'c');
    const now = Date.now();
    const late = 'This took longer than 60 s, and others may have received the messages. Repeat it.';
    const at = (ms: number) => jest.spyOn(Date, 'now').mockReturnValue(now + ms);
    at(0);
    await withMessages(queue, 60, async ({ messages: [a, b, c], stillHeld, delete: remove }) => {
      at(59_999);
      stillHeld();
      await remove(a as HeldMessage);
      at(60_000);
      expect(stillHeld).toThrow(late);
      await expect(remove(b as HeldMessage)).rejects.toThrow(late);
      at(61_000);
      await expect(remove(c as HeldMessage)).rejects.toThrow(late);
    });
    jest.restoreAllMocks();
    expect([queue.deleted, queue.givenBack]).toEqual([['a'], ['b', 'c']]);
  });

  test('are given back though their deletion failed', async () => {
    const queue = { ...aQueue('a'), delete: () => Promise.reject(new Error('broken')) };
    const failing = withMessages(queue, 60, ({ messages: [a], delete: remove }) => remove(a as HeldMessage));
    await expect(failing).rejects.toThrow('broken');
    expect(queue.givenBack).toEqual(['a']);
  });

  test('are received until there are enough', async () => {
    const queue = aQueue('a', 'b', 'c');
    const read = (held: ReadonlyMap<string, HeldMessage>) => held.size === 2;
    const messages = await withMessages(queue, 60, async (held) => held.messages, { enough: read });
    expect(messages.map(({ messageId }) => messageId)).toEqual(['a', 'b']);
  });

  test('are received no more after an interruption, and then given back at once', async () => {
    const interrupted = new AbortController();
    const { signal: stopping } = interrupted;
    const queue = aQueue('a', 'b', 'c');
    const enough = (held: ReadonlyMap<string, HeldMessage>) => {
      if (held.size === 1) interrupted.abort(new Error('stopped'));
      return false;
    };
    const takeAll: typeof queue.takeAll = (seconds, held, full = () => false) =>
      queue.takeAll(seconds, held, () => full() || full());
    const work = jest.fn(async () => {});
    await expect(withMessages({ ...queue, takeAll }, 60, work, { enough, stopping })).rejects.toThrow('stopped');
    expect([queue.givenBack, work.mock.calls]).toEqual([['a'], []]);
  });
});
