import { describe, expect, test } from '@jest/globals';
import { parseUnforwarded } from '../../../functions/core/forwarded.ts';
import {
  ATTEMPTS,
  createForward,
  type ForwardDependencies,
  type ForwardMessage,
  pauseAfter,
} from '../../../functions/forward/forward.ts';
import { createSecrets } from '../../../functions/forward/secrets.ts';

const detail = { version: 1, id: 'change', user_id: '42', level: 'plus', status: 'approved', as_of: 5, previous: null };
const anEvent = (more: object = {}) =>
  JSON.stringify({ source: 'fractal-webhooks', 'detail-type': 'verification_approved', id: 'any', detail, ...more });
const aMessage = (body = anEvent(), attempt = 1): ForwardMessage => ({
  messageId: 'message',
  receiptHandle: 'handle',
  body,
  attempt,
  sentAt: 1_000,
});

/** Forwards with these, and records what is called. */
const forwarding = (replaced: Partial<ForwardDependencies> = {}) => {
  const calls: unknown[][] = [];
  const forward = createForward({
    post: async ({ headers }) => {
      calls.push(['post', headers['webhook-id']]);
      return undefined;
    },
    secrets: async () => ['c2VjcmV0'],
    exists: async () => true,
    postpone: async (_, seconds) => void calls.push(['postpone', seconds]),
    setAside: async (body) => void calls.push(['setAside', body]),
    tell: async (answer) => void calls.push(['tell', answer]),
    describe: (error) => (error as Error).message,
    now: () => 2_000,
    ...replaced,
  });
  return { calls, forward };
};
const failing = { post: async () => 'answered 500' };

describe('forwarding an event', () => {
  test('sends it under the id of the change', async () => {
    const { calls, forward } = forwarding();
    expect(await forward(aMessage())).toEqual({ messageId: 'message', id: 'change', kind: 'forwarded' });
    expect(calls).toEqual([['post', 'change']]);
  });

  test.each([
    [1, 20, false],
    [2, 40, false],
    [5, 320, false],
    [6, 640, true],
    [9, 3_600, true],
    [ATTEMPTS - 1, 3_600, true],
  ])('tries it again after attempt %d in %d seconds', async (attempt, seconds, late) => {
    const { calls, forward } = forwarding(failing);
    expect(await forward(aMessage(anEvent(), attempt))).toEqual({
      messageId: 'message',
      id: 'change',
      kind: 'failed',
      problem: 'answered 500',
      late,
    });
    expect(calls).toEqual([['postpone', seconds]]);
  });

  test('tries it for about a day', () => {
    const pauses = Array.from({ length: ATTEMPTS - 1 }, (_, index) => pauseAfter(index + 1));
    const hours = pauses.reduce((sum, one) => sum + one, 0) / 3_600;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThan(24);
  });

  test('sets it aside after the last attempt, with the reason', async () => {
    const { calls, forward } = forwarding(failing);
    expect(await forward(aMessage(anEvent(), ATTEMPTS))).toMatchObject({ kind: 'set_aside', problem: 'answered 500' });
    const [[name, body] = []] = calls;
    expect(name).toBe('setAside');
    expect(parseUnforwarded(String(body))).toMatchObject({
      event: JSON.parse(anEvent()),
      problem: 'answered 500',
      attempts: ATTEMPTS,
      since: 1_000,
    });
  });

  test('sends nothing about a person whose items are deleted, but that they are', async () => {
    const keys: unknown[] = [];
    const gone = { exists: async (key: unknown) => keys.push(key) < 0 };
    const of = (more: object) => anEvent({ detail: { id: 'change', ...more } });
    for (const body of [
      anEvent(),
      of({ user_id: '42', level: 'kraken' }),
      of({ user_id: '42' }),
      of({ idos_human_id: 'human', credential_id: 'credential' }),
    ]) {
      const { calls, forward } = forwarding(gone);
      expect((await forward(aMessage(body))).kind).toBe('forgotten');
      expect(calls).toEqual([]);
    }
    expect(keys).toEqual([
      { pk: 'USER#42', sk: 'LEVEL#plus' },
      { pk: 'USER#42', sk: 'LEVEL#kraken' },
      { pk: 'USER#42', sk: 'EMAIL' },
      { pk: 'HUMAN#human', sk: 'CREDENTIAL#credential' },
    ]);
    const { calls, forward } = forwarding(gone);
    expect((await forward(aMessage(anEvent({ 'detail-type': 'forgotten' })))).kind).toBe('forwarded');
    expect(calls).toEqual([['post', 'change']]);
  });

  test.each([
    [undefined, 'taken'],
    ['answered 500', 'answered 500'],
  ])('tells doctor what became of its event, and does not repeat it: %s', async (problem, forwarded) => {
    const { calls, forward } = forwarding({ post: async () => problem, exists: async () => false });
    expect((await forward(aMessage(anEvent({ source: 'fractal-webhooks.check' })))).kind).toBe('forwarded');
    expect(calls).toEqual([['tell', JSON.stringify({ detail: { user_id: '42' }, forwarded })]]);
  });

  test.each([
    '',
    'nonsense',
    '[]',
    '{}',
    anEvent({ source: 'somebody' }),
    anEvent({ 'detail-type': 'other' }),
    anEvent({ detail: {} }),
  ])('sets aside what is no event, as it is: %s', async (body) => {
    const { calls, forward } = forwarding();
    expect(await forward(aMessage(body))).toEqual({
      messageId: 'message',
      id: undefined,
      kind: 'set_aside',
      problem: 'not an event',
    });
    expect(calls).toEqual([['setAside', body]]);
  });

  const broken = async (): Promise<never> => {
    throw new Error('AWS is down');
  };

  test.each([
    ['postpone', 1],
    ['setAside', ATTEMPTS],
  ] as const)('fails if AWS fails (%s), and loses nothing', async (call, attempt) => {
    const { forward } = forwarding({ ...failing, [call]: broken });
    expect(await forward(aMessage(anEvent(), attempt))).toMatchObject({ kind: 'failed', problem: 'AWS is down' });
  });

  test.each(['secrets', 'exists'] as const)('waits for AWS (%s) as long as for a backend', async (call) => {
    const problem = 'was not asked: AWS is down';
    const { calls, forward } = forwarding({ [call]: broken });
    expect(await forward(aMessage(anEvent(), 6))).toMatchObject({ kind: 'failed', problem, late: true });
    expect(calls).toEqual([['postpone', 640]]);
    expect(await forward(aMessage(anEvent(), ATTEMPTS))).toMatchObject({ kind: 'set_aside', problem });
    const [, [, body]] = calls as [unknown, [string, string]];
    expect(parseUnforwarded(body)).toMatchObject({ problem, attempts: ATTEMPTS });
  });

  test('tells doctor that AWS fails', async () => {
    const { calls, forward } = forwarding({ secrets: broken });
    await forward(aMessage(anEvent({ source: 'fractal-webhooks.check' })));
    const forwarded = 'was not asked: AWS is down';
    expect(calls).toEqual([['tell', JSON.stringify({ detail: { user_id: '42' }, forwarded })]]);
  });
});

describe('the secrets', () => {
  const answering = (versions: Readonly<Record<string, string>>) => {
    const asked: string[] = [];
    const client = {
      send: async ({ input }: { input: { VersionStage: string } }) => {
        asked.push(input.VersionStage);
        const SecretString = versions[input.VersionStage];
        if (SecretString === undefined) throw Object.assign(new Error('none'), { name: 'ResourceNotFoundException' });
        return { SecretString };
      },
    };
    return { asked, client: client as never };
  };

  test('are the current one and the former one, if there is one, and are kept for five minutes', async () => {
    let now = 0;
    const { asked, client } = answering({ AWSCURRENT: 'new', AWSPREVIOUS: 'old' });
    const secrets = createSecrets(client, 'id', () => now);
    expect(await secrets()).toEqual(['new', 'old']);
    now = 299_999;
    await secrets();
    expect(asked).toHaveLength(2);
    now = 300_000;
    await secrets();
    expect(asked).toHaveLength(4);
    expect(await createSecrets(answering({ AWSCURRENT: 'only' }).client, 'id')()).toEqual(['only']);
  });

  test('are never empty: an unsigned event is not sent', async () => {
    await expect(createSecrets(answering({ AWSCURRENT: '' }).client, 'id')()).rejects.toThrow('the secret to sign with is empty');
    await expect(createSecrets(answering({}).client, 'id')()).rejects.toThrow('none');
  });
});
