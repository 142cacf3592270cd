import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Envelope } from '../../../functions/core/envelope.ts';
import { refusal } from '../../../functions/core/refusal.ts';
import { createReceive, type Dependencies, MAX_BODY_BYTES } from '../../../functions/ingest/receive.ts';
import { parseTokens, type Tokens } from '../../../functions/ingest/tokens.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED, signed } from '../../support/notifications.ts';

const NOW = Date.parse('2024-05-06T08:00:00Z');
const WHY = refusal('unknown');
const SIGNAL = new AbortController().signal;

/** Receiving with fake tokens and queues. */
const receiving = ({ secret = DOCUMENTED.token as string, refresh }: { secret?: string; refresh?: string } = {}) => {
  const accepted: Envelope[] = [];
  const parked: Envelope[] = [];
  const receive = createReceive({
    tokens: {
      cached: async () => parseTokens(secret),
      refresh: async (): Promise<Tokens | undefined> => (refresh === undefined ? undefined : parseTokens(refresh)),
    },
    queue: {
      accept: async (envelope) => void accepted.push(envelope),
      park: async (envelope) => void parked.push(envelope),
    },
    examine: async () => WHY,
    now: () => NOW,
  });
  return {
    accepted,
    parked,
    receive: (body: string | Uint8Array, signature: string | undefined) => receive({ bytes: bytesOf(body), signature }, SIGNAL),
  };
};

describe('receiving', () => {
  test("accepts Fractal's documented example, and queues its bytes", async () => {
    const { receive, accepted, parked } = receiving();
    const answer = await receive(DOCUMENTED.signedBody, DOCUMENTED.signature);
    expect(answer).toEqual({ kind: 'accepted', id: '1c5c370c617a4c7d24555511' });
    expect(accepted).toEqual([
      {
        id: '1c5c370c617a4c7d24555511',
        receivedAt: NOW,
        bytes: bytesOf(DOCUMENTED.signedBody),
        proof: { entry: '*', signatureSha256: createHash('sha256').update(DOCUMENTED.signature).digest('hex') },
      },
    ]);
    expect(parked).toEqual([]);
  });

  test('gives the same notification the same id, and a different one a different id', async () => {
    const { receive } = receiving();
    const [once, again, other] = await Promise.all(
      ['a', 'a', 'b'].map((user) => receive(aVerification({ user }), signed(aVerification({ user })))),
    );
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  test('parks an authentic body that is not understood, with its bytes and the reason', async () => {
    const { receive, accepted, parked } = receiving();
    const body = Buffer.from([0xff, 0x00]);
    expect(await receive(body, signed(body))).toMatchObject({ kind: 'parked', reason: 'not_utf8' });
    expect(parked).toMatchObject([{ bytes: body, parked: { reason: 'not_utf8', signedFor: ['*'] } }]);
    expect(accepted).toEqual([]);
  });

  test.each([
    ['without a signature', undefined, 'signature_missing'],
    ['with an empty signature', '', 'signature_missing'],
    ['with a signature of another token', signed('nonsense', 'stranger'), 'signature_mismatch'],
  ])('refuses %s, and keeps nothing', async (_, signature, error) => {
    const { receive, accepted, parked } = receiving();
    expect(await receive('nonsense', signature)).toMatchObject({ kind: 'refused', error });
    expect([...accepted, ...parked]).toEqual([]);
  });

  test('rejects a body over 128 KiB, and accepts one of exactly 128 KiB', async () => {
    const { receive } = receiving();
    const largest = 'x'.repeat(MAX_BODY_BYTES);
    expect(await receive(`${largest}x`, signed(`${largest}x`))).toEqual({ kind: 'too_large' });
    expect(await receive(largest, signed(largest))).toMatchObject({ kind: 'parked' });
  });

  test('re-reads the tokens if none of the cached ones matches', async () => {
    const body = aVerification();
    const { receive } = receiving({ secret: 'old', refresh: 'new' });
    expect(await receive(body, signed(body, 'new'))).toMatchObject({ kind: 'accepted' });
    expect(await receive(body, signed(body, 'stranger'))).toMatchObject({ kind: 'refused' });
  });
});

describe('receiving, while a service is unavailable,', () => {
  const down = async () => {
    throw new Error('down');
  };
  const tokens: Dependencies['tokens'] = { cached: async () => parseTokens('known'), refresh: async () => undefined };
  const queue: Dependencies['queue'] = { accept: down, park: down };

  test.each<[string, Dependencies['tokens'], string, string, 'tokens' | 'queue']>([
    ['the tokens cannot be read', { ...tokens, cached: down }, aVerification(), 'known', 'tokens'],
    ['the tokens cannot be re-read', { ...tokens, refresh: down }, aVerification(), 'stranger', 'tokens'],
    ['the notification cannot be enqueued', tokens, aVerification(), 'known', 'queue'],
    ['the body cannot be parked', tokens, 'nonsense', 'known', 'queue'],
  ])('throws what is missing if %s', async (_, given, body, token, missing) => {
    const receive = createReceive({ tokens: given, queue, examine: async () => WHY, now: () => NOW });
    await expect(receive({ bytes: bytesOf(body), signature: signed(body, token) }, SIGNAL)).rejects.toMatchObject({
      name: 'Unavailable',
      message: `no ${missing}`,
      missing,
      cause: new Error('down'),
    });
  });
});

describe('a token for one type', () => {
  const secret = '{"*":"common","email_changed":["own","own-before"]}';
  const answerTo = async (body: string, token: string) => receiving({ secret }).receive(body, signed(body, token));

  test('is valid for that type, and so is the previous token', async () => {
    expect(await answerTo(anEmailChange(), 'own')).toMatchObject({ kind: 'accepted' });
    expect(await answerTo(anEmailChange(), 'own-before')).toMatchObject({ kind: 'accepted' });
  });

  test('is not valid for other types, and the common token is not valid for that type', async () => {
    const refused = { kind: 'refused', error: 'signature_mismatch', why: WHY };
    expect(await answerTo(aVerification(), 'own')).toEqual(refused);
    expect(await answerTo(anEmailChange(), 'common')).toEqual(refused);
  });

  test('is checked before the rest of the body is parsed', async () => {
    expect(await answerTo('{"type":"email_changed"}', 'common')).toMatchObject({ kind: 'refused' });
    expect(await answerTo('{"type":"email_changed"}', 'own')).toMatchObject({ kind: 'parked' });
  });

  test('is valid for a body that is not understood', async () => {
    expect(await answerTo('nonsense', 'own')).toMatchObject({ kind: 'parked' });
    expect(await answerTo('{"type":"sixth"}', 'common')).toMatchObject({ kind: 'parked' });
    expect(await answerTo('{"type":"sixth"}', 'own')).toMatchObject({ kind: 'parked' });
  });

  test('is required as soon as the secret names the type, even if this release does not know it', async () => {
    const { receive } = receiving({ secret: '{"*":"common","sixth":"own"}' });
    const body = '{"type":"sixth"}';
    expect(await receive(body, signed(body, 'common'))).toMatchObject({ kind: 'refused' });
    expect(await receive(body, signed(body, 'own'))).toMatchObject({ kind: 'parked' });
  });

  test('without a common token leaves the other types without any token', async () => {
    const { receive } = receiving({ secret: '{"email_changed":"own"}' });
    expect(await receive(aVerification(), signed(aVerification(), 'own'))).toMatchObject({ kind: 'refused' });
  });
});
