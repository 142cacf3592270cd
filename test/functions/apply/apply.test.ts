import { describe, expect, test } from '@jest/globals';
import { createApply, type Message } from '../../../functions/apply/apply.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { identityOf, type Outcome, type State } from '../../../functions/core/state.ts';
import { anEmailChange, aResult, aVerification, bytesOf } from '../../support/notifications.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');
const EARLIER = '2024-05-01T00:00:00Z';
const LATER = '2024-05-02T00:00:00Z';

const message = (messageId: string, body: string | Uint8Array, receivedAt = NOW): Message => ({
  messageId,
  body: encodeEnvelope({ id: `id-${messageId}`, receivedAt, bytes: bytesOf(body) }),
});

const parked = (messageId: string, body: string, signedFor: string[]): Message => ({
  messageId,
  body: encodeEnvelope({ id: messageId, receivedAt: NOW, bytes: bytesOf(body), parked: { reason: 'unknown_type', signedFor } }),
});

/** Applies a batch with a fake `write`, and records what was written. */
const applying = async (
  messages: Message[],
  write: (state: State) => Promise<Outcome> = async () => 'applied',
  signal = new AbortController().signal,
) => {
  const written: State[] = [];
  const apply = createApply({
    write: (state) => {
      written.push(state);
      return write(state).then((outcome) => ({ outcome, contested: outcome === 'contested' }));
    },
    describe: (error) => (error as Error).message,
    now: () => NOW,
  });
  const results = await apply(messages, signal);
  return { written, kinds: Object.fromEntries(results.map(({ messageId, kind }) => [messageId, kind])), results };
};

describe('applying a batch', () => {
  test('writes the newest state per item, in any order of messages, and reports every message', async () => {
    const older = message('older', aVerification({ user: 'u', timestamp: EARLIER }));
    const newer = message('newer', aVerification({ user: 'u', status: 'rejected', timestamp: LATER }));
    const again = message('again', aVerification({ user: 'u', status: 'rejected', timestamp: LATER }));
    for (const batch of [
      [older, newer, again],
      [newer, again, older],
      [again, older, newer],
    ]) {
      const { written, kinds } = await applying(batch);
      expect(written.map(({ attributes }) => attributes.status)).toEqual(['rejected']);
      const [first, second] = batch.filter(({ messageId }) => messageId !== 'older').map(({ messageId }) => messageId);
      expect(kinds).toEqual({ older: 'stale', [first as string]: 'applied', [second as string]: 'duplicate' });
    }
  });

  test('reports the time from receipt to the write', async () => {
    const { results } = await applying([message('m', aVerification(), NOW - 1_500)]);
    expect(results).toMatchObject([{ kind: 'applied', lagMs: 1_500 }]);
  });

  test('reports the failure of a write for all messages of that item, and for no others', async () => {
    const batch = [
      message('a', aVerification({ user: 'u', timestamp: EARLIER })),
      message('b', aVerification({ user: 'u', timestamp: LATER })),
      message('c', aVerification({ user: 'v' })),
    ];
    const { kinds } = await applying(batch, async ({ key }) => {
      if (key.pk === 'USER#u') throw new Error('throttled');
      return 'applied';
    });
    expect(kinds).toEqual({ a: 'failed', b: 'failed', c: 'applied' });
  });

  test('reports duplicate and stale', async () => {
    expect((await applying([message('a', aVerification())], async () => 'stale')).kinds).toEqual({ a: 'stale' });
    expect((await applying([message('a', aVerification())], async () => 'duplicate')).kinds).toEqual({ a: 'duplicate' });
  });

  test('writes the levels of a user and the e-mail address to different items', async () => {
    const { written } = await applying([
      message('a', aVerification({ user: 'u', level: 'basic' })),
      message('b', aVerification({ user: 'u', level: 'liveness' })),
      message('c', anEmailChange('u')),
    ]);
    expect(new Set(written.map(identityOf)).size).toBe(3);
  });

  test('writes the e-mail address that was received later', async () => {
    const { written } = await applying([
      message('second', anEmailChange('u', 'a@example.com'), NOW - 1),
      message('first', anEmailChange('u', 'b@example.com'), NOW - 2),
    ]);
    expect(written.map(({ attributes, asOf }) => [attributes.email, asOf])).toEqual([['a@example.com', NOW - 1]]);
  });

  test.each<[string, Message, string, string | undefined]>([
    ["other people's JSON", { messageId: 'm', body: '{"hello":1}' }, 'not_an_envelope', undefined],
    ['no body at all', { messageId: 'm', body: undefined as unknown as string }, 'not_an_envelope', undefined],
    ['a body that is still not understood', message('m', 'nonsense'), 'not_json', 'id-m'],
  ])('reports %s as failed, with the id of its delivery if it has one, and nothing else', async (_, bad, problem, id) => {
    const { results, written } = await applying([bad, message('good', aVerification())]);
    expect(results).toHaveLength(2);
    expect(results).toContainEqual({ messageId: 'm', kind: 'failed', problem, ...(id !== undefined && { id }) });
    expect(written).toHaveLength(1);
  });

  test('applies a parked message once its type is understood and its token is valid for that type', async () => {
    expect((await applying([parked('m', aVerification(), ['*'])])).kinds).toEqual({ m: 'applied' });
    expect((await applying([parked('m', aVerification(), ['verification_approved'])])).kinds).toEqual({ m: 'applied' });
    const { results, written } = await applying([parked('m', aVerification(), ['email_changed'])]);
    expect(results).toMatchObject([{ kind: 'failed', problem: 'signed_for_another_type' }]);
    expect(written).toEqual([]);
  });

  test('reports messages that are not written in time as failed, and starts no further writes', async () => {
    const timeIsUp = new AbortController();
    const batch = [message('done', aVerification({ user: 'u' })), message('hangs', aVerification({ user: 'v' }))];
    const { results } = await applying(
      batch,
      async ({ key }) => {
        if (key.pk === 'USER#u') return 'applied';
        setImmediate(() => timeIsUp.abort(new Error('time is up')));
        return new Promise(() => {});
      },
      timeIsUp.signal,
    );
    expect(results).toMatchObject([
      { messageId: 'done', kind: 'applied' },
      { messageId: 'hangs', kind: 'failed', problem: 'time is up' },
    ]);
    const after = await applying(batch, undefined, timeIsUp.signal);
    expect(after).toMatchObject({ written: [], kinds: { done: 'failed', hangs: 'failed' } });
  });

  test('of results that contradict each other, only the newest can be applied; what asks for nothing is unchanged', async () => {
    const batch = [
      message('pending', aResult('u', 'pending'), NOW),
      message('approval', aResult('u', 'approved'), NOW + 2),
      message('rejection', aResult('u', 'rejected'), NOW + 1),
      message('older', aResult('u', 'rejected'), NOW - 1),
    ];
    const outcomes = async (contested: boolean) => {
      const given: unknown[][] = [];
      const apply = createApply({
        write: async (_, others = []) => {
          given.push(others.map(({ mark }) => mark?.attribute));
          return { outcome: 'applied', contested };
        },
        describe: String,
        now: () => NOW,
      });
      const results = await apply(batch, new AbortController().signal);
      expect(given).toHaveLength(1);
      expect(given[0]?.toSorted()).toEqual(['approval_received_at', 'rejection_received_at', undefined]);
      expect(results.every((result) => result.kind !== 'failed' && result.contested === contested)).toBe(true);
      return Object.fromEntries(results.map(({ messageId, kind }) => [messageId, kind]));
    };
    expect(await outcomes(true)).toEqual({
      pending: 'unchanged',
      approval: 'contested',
      rejection: 'applied',
      older: 'contested',
    });
    expect(await outcomes(false)).toEqual({ pending: 'unchanged', approval: 'stale', rejection: 'applied', older: 'stale' });
  });

  test('records every delivery, also those that are not written, and fails only the messages that it could not record', async () => {
    const recorded: string[] = [];
    const apply = createApply({
      write: async ({ key }) => {
        if (key.pk === 'USER#w') throw new Error('the table said no');
        return { outcome: 'applied', contested: false };
      },
      record: async ({ attributes: { id }, isKept }) => {
        if (id === 'id-lost' || id === 'id-neither') throw new Error('throttled');
        recorded.push(isKept ? String(id) : `${id} (not kept)`);
      },
      describe: (error) => (error as Error).message,
      now: () => NOW,
    });
    const batch = [
      message('older', aVerification({ user: 'u', timestamp: EARLIER })),
      message('newer', aVerification({ user: 'u', timestamp: LATER })),
      message('lost', aVerification({ user: 'v' })),
      message('neither', aVerification({ user: 'w' })),
      message('check', aVerification({ user: 'doctor-1' })),
      message('bad', 'nonsense'),
    ];
    const results = await apply(batch, new AbortController().signal);
    expect(recorded.sort()).toEqual(['id-check (not kept)', 'id-newer', 'id-older']);
    expect(Object.fromEntries(results.map(({ messageId, kind }) => [messageId, kind]))).toEqual({
      older: 'stale',
      newer: 'applied',
      lost: 'failed',
      neither: 'failed',
      check: 'applied',
      bad: 'failed',
    });
    expect(results).toContainEqual({ messageId: 'lost', id: 'id-lost', kind: 'failed', problem: 'throttled' });
    expect(results).toContainEqual({ messageId: 'neither', id: 'id-neither', kind: 'failed', problem: 'the table said no' });
  });

  test('reports what could not be recorded in time as failed', async () => {
    const timeIsUp = new AbortController();
    const apply = createApply({
      write: async () => ({ outcome: 'applied', contested: false }),
      record: () => {
        setImmediate(() => timeIsUp.abort(new Error('time is up')));
        return new Promise(() => {});
      },
      describe: (error) => (error as Error).message,
      now: () => NOW,
    });
    expect(await apply([message('m', aVerification())], timeIsUp.signal)).toMatchObject([
      { kind: 'failed', problem: 'time is up' },
    ]);
  });

  test('has at most 50 writes and 50 records in flight', async () => {
    const most = { write: 0, record: 0 };
    const underWay = { write: 0, record: 0 };
    const during = async (what: keyof typeof most) => {
      underWay[what] += 1;
      most[what] = Math.max(most[what], underWay[what]);
      await new Promise((done) => setTimeout(done, 1));
      underWay[what] -= 1;
    };
    const apply = createApply({
      write: async () => {
        await during('write');
        return { outcome: 'applied', contested: false };
      },
      record: () => during('record'),
      describe: String,
      now: () => NOW,
    });
    await apply(
      Array.from({ length: 120 }, (_, index) => message(`m${index}`, aVerification())),
      new AbortController().signal,
    );
    expect(most).toEqual({ write: 50, record: 50 });
  });

  test('has at most 100 writes in flight', async () => {
    let underWay = 0;
    let most = 0;
    const batch = Array.from({ length: 250 }, (_, index) => message(`m${index}`, aVerification()));
    const { kinds } = await applying(batch, async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((done) => setTimeout(done, 1));
      underWay -= 1;
      return 'applied';
    });
    expect(Object.values(kinds)).toEqual(Array(250).fill('applied'));
    expect(most).toBe(100);
  });
});
