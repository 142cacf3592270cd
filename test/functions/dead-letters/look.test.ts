import { describe, expect, test } from '@jest/globals';
import type { HeldMessage } from '../../../functions/core/held-message.ts';
import type { State, StoredItem } from '../../../functions/core/state.ts';
import { createLook, HIDE_FOR_SECONDS, mayBeRedriven } from '../../../functions/dead-letters/look.ts';
import { anEnvelope } from '../../support/envelopes.ts';
import { aVerification } from '../../support/notifications.ts';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const DAY = 86_400_000;
const letter = (messageId: string, body: string): HeldMessage => ({ messageId, receiptHandle: 'r', body, sentAt: NOW - DAY });
const about = (user: string, timestamp?: string): HeldMessage =>
  letter(user, anEnvelope(aVerification({ user, ...(timestamp && { timestamp }) }), { id: user, receivedAt: NOW }));

interface Parts {
  readonly letters?: readonly HeldMessage[];
  readonly count?: number;
  readonly hidden?: number;
  readonly items?: (keys: readonly State['key'][]) => Promise<ReadonlyMap<string, StoredItem>>;
  readonly redrive?: (one: HeldMessage) => Promise<void>;
  /** How far the clock advances with each message that is received, in milliseconds. */
  readonly msPerMessage?: number;
}

/** A look at a queue with these messages, which it gives one by one, and what was done with them. */
const aLook = ({ letters = [], count = letters.length, hidden = 0, ...parts }: Parts) => {
  const [sent, givenBack, seconds]: [string[], string[], number[]] = [[], [], []];
  let now = NOW;
  const queue = {
    facts: async () => ({ count, hidden, queued: 0, retentionMs: 14 * DAY, attempts: 5 }),
    takeAll: async (hideForSeconds: number, held: Map<string, HeldMessage>, enough = () => false): Promise<void> => {
      seconds.push(hideForSeconds);
      for (const one of letters) {
        if (enough()) return;
        held.set(one.messageId, one);
        now += parts.msPerMessage ?? 0;
      }
    },
    giveBack: async (messages: readonly HeldMessage[]): Promise<void> => {
      givenBack.push(...messages.map(({ messageId }) => messageId));
    },
    delete: async () => {},
    redrive: async (one: HeldMessage): Promise<void> => {
      await parts.redrive?.(one);
      sent.push(one.messageId);
    },
  };
  const look = createLook({
    queue,
    items: parts.items ?? (async () => new Map()),
    describe: (error) => `because: ${(error as Error).message}`,
    now: () => now,
  });
  return { ...look, sent, givenBack, seconds };
};

const many = (length: number, body = 'x'): HeldMessage[] => Array.from({ length }, (_, index) => letter(`m${index}`, body));

describe('a look at the dead-letter queue', () => {
  test('diagnoses its messages with the items of the table, and gives all back', async () => {
    const asked: string[] = [];
    const items = async (keys: readonly State['key'][]) => {
      asked.push(...keys.map(({ pk, sk }) => `${pk} ${sk}`));
      return new Map([['USER#jane\nLEVEL#basic', { as_of: 9e12, status_rank: 1 }]]);
    };
    const { look, givenBack, seconds } = aLook({ letters: [about('jane'), about('john')], items });
    const { deadLetters, ...seen } = await look();
    expect(deadLetters.map(({ id, prospect, cause, expiresAt }) => [id, prospect, cause, expiresAt])).toEqual([
      ['jane', 'stale', 'apply gave up after 5 attempts', NOW + 13 * DAY],
      ['john', 'would_apply', 'apply gave up after 5 attempts', NOW + 13 * DAY],
    ]);
    expect(seen).toEqual({ left: 0, hidden: 0, queued: 0, tableProblem: undefined });
    expect([asked, givenBack, seconds]).toEqual([
      ['USER#jane LEVEL#basic', 'USER#john LEVEL#basic'],
      ['jane', 'john'],
      [HIDE_FOR_SECONDS],
    ]);
  });

  test('does not know the prospects if the table cannot be read, and says why', async () => {
    const { look } = aLook({ letters: [about('jane')], items: () => Promise.reject(new Error('down')) });
    expect(await look()).toMatchObject({ deadLetters: [{ prospect: 'unknown' }], tableProblem: 'because: down' });
  });

  test('counts messages that others have received', async () => {
    expect(await aLook({ letters: many(2), count: 2, hidden: 3 }).look()).toMatchObject({ left: 0, hidden: 3 });
  });

  test('reads up to a thousand messages, and counts the rest', async () => {
    const more = await aLook({ letters: many(1_003) }).look();
    expect([more.deadLetters.length, more.left]).toEqual([1_000, 3]);
    const all = await aLook({ letters: many(999), count: 1_010 }).look();
    expect([all.deadLetters.length, all.left]).toEqual([999, 0]);
    // SQS's counts are approximate.
    expect(await aLook({ letters: many(1_001), count: 900 }).look()).toMatchObject({ left: 0 });
  });

  test('reads up to 64 MiB', async () => {
    const body = 'x'.repeat(1024 * 1024);
    const { deadLetters, left } = await aLook({ letters: many(66, body) }).look();
    expect([deadLetters.length, left]).toEqual([64, 2]);
  });

  test('reads for up to twelve seconds', async () => {
    const { deadLetters, left } = await aLook({ letters: many(20), msPerMessage: 1_000 }).look();
    expect([deadLetters.length, left]).toEqual([12, 8]);
  });
});

describe('a redrive', () => {
  const OLD = '2024-05-05T07:08:09Z';
  const items = async () =>
    new Map<string, StoredItem>([
      ['USER#same\nLEVEL#basic', { as_of: Date.parse('2024-05-06T07:08:09Z'), status_rank: 1 }],
      ['USER#newer\nLEVEL#basic', { as_of: 9e12, status_rank: 1 }],
      ['USER#bad\nLEVEL#basic', { as_of: 'yesterday' }],
    ]);
  const letters = [about('jane'), about('same'), about('newer', OLD), about('bad'), letter('parked', 'nonsense')];

  test('sends the wanted messages that it settles, and no others', async () => {
    const { redrive, sent, givenBack } = aLook({ letters, items });
    const { redriven, seen } = await redrive(() => true);
    expect(sent.sort()).toEqual(['jane', 'newer', 'same']);
    expect(givenBack).toEqual(['bad', 'parked']);
    expect(redriven).toEqual({ sent: 3, of: 3, failure: undefined });
    expect(seen.deadLetters.map(({ prospect }) => prospect)).toEqual(['not_understood', 'would_fail']);
    expect(seen).toMatchObject({ left: 0, hidden: 0 });
  });

  test('sends no message that is not wanted', async () => {
    const { redrive, sent, givenBack } = aLook({ letters, items });
    expect((await redrive(({ prospect }) => prospect === 'stale')).redriven).toEqual({ sent: 1, of: 1, failure: undefined });
    expect([sent, givenBack]).toEqual([['newer'], ['jane', 'same', 'bad', 'parked']]);
  });

  test('reports why it did not send all, and keeps the rest', async () => {
    const fails = async ({ messageId }: HeldMessage) => {
      if (messageId === 'same') throw new Error('refused');
    };
    const { redrive, givenBack } = aLook({ letters: [about('jane'), about('same')], redrive: fails });
    const { redriven, seen } = await redrive(() => true);
    expect(redriven).toEqual({ sent: 1, of: 2, failure: 'because: refused' });
    expect([givenBack, seen.deadLetters.map(({ id }) => id)]).toEqual([['same'], ['same']]);
  });

  test('sends nothing while the table cannot be read', async () => {
    const { redrive, sent, givenBack } = aLook({ letters, items: () => Promise.reject(new Error('down')) });
    await expect(redrive(() => true)).rejects.toThrow('the table cannot be read: because: down');
    expect([sent, givenBack.length]).toEqual([[], 5]);
  });

  test.each([
    ['would_apply', true],
    ['duplicate', true],
    ['stale', true],
    ['would_fail', false],
    ['not_understood', false],
    ['unknown', false],
  ] as const)('settles a message that is %s: %s', (prospect, settles) => {
    expect(mayBeRedriven({ prospect } as Parameters<typeof mayBeRedriven>[0])).toBe(settles);
  });
});
