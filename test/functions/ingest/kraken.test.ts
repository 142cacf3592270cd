import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../../functions/core/envelope.ts';
import { interpretMessage } from '../../../functions/core/interpret-message.ts';
import { createExamine } from '../../../functions/ingest/examine.ts';
import { createReceive } from '../../../functions/ingest/receive.ts';
import { isOfKraken, sign, verify } from '../../../functions/ingest/signature.ts';
import { parseTokens, proofsOf } from '../../../functions/ingest/tokens.ts';
import { aResult, aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const NOW = Date.parse('2026-10-09T12:00:00Z');
const SIGNAL = new AbortController().signal;
const RESULT = aResult('alice', 'rejected', 'Document expired');
const CLASSIC = aVerification({ user: 'alice' });

const hmac = (hash: 'sha1' | 'sha256', body: string, token: string): string => createHmac(hash, token).update(body).digest('hex');

/** How a body can be signed with a token. */
const WAYS = {
  'SHA-256 alone': (body: string, token: string) => hmac('sha256', body, token),
  'SHA-256 with its prefix': (body: string, token: string) => `sha256=${hmac('sha256', body, token)}`,
  'SHA-256 in upper case': (body: string, token: string) => hmac('sha256', body, token).toUpperCase(),
  'SHA-256 with the prefix of SHA-1': (body: string, token: string) => `sha1=${hmac('sha256', body, token)}`,
  'SHA-1 with its prefix': (body: string, token: string) => `sha1=${hmac('sha1', body, token)}`,
  'SHA-1 alone': (body: string, token: string) => hmac('sha1', body, token),
} as const;

/** Receives with the real tokens and the real examination. */
const receiving = (secret: string) => {
  const accepted: Envelope[] = [];
  const parked: Envelope[] = [];
  const receive = createReceive({
    tokens: { cached: async () => parseTokens(secret), refresh: async () => undefined },
    queue: {
      accept: async (envelope) => void accepted.push(envelope),
      park: async (envelope) => void parked.push(envelope),
    },
    examine: createExamine({ formerTokens: async () => [parseTokens('{"kraken":"former"}')], now: () => NOW }),
    now: () => NOW,
  });
  return { accepted, parked, receive: (body: string, signature: string) => receive({ bytes: bytesOf(body), signature }, SIGNAL) };
};

const answerTo = async (secret: string, body: string, signature: string): Promise<string> => {
  const answer = await receiving(secret).receive(body, signature);
  if (answer.kind !== 'refused') return answer.kind === 'parked' ? `parked: ${answer.reason}` : answer.kind;
  return 'why' in answer ? `${answer.why.cause} of ${answer.why.entry} for ${answer.why.type}` : answer.error;
};

const BOTH = '{"*":"classic","kraken":["new","old"]}';

describe("a result of Kraken's", () => {
  test.each([
    ['SHA-256 alone', 'new', 'accepted'],
    ['SHA-256 with its prefix', 'new', 'accepted'],
    ['SHA-256 alone', 'old', 'accepted'],
    ['SHA-256 in upper case', 'new', 'upper_case of kraken for kraken'],
    ['SHA-256 with the prefix of SHA-1', 'new', 'no_prefix of kraken for kraken'],
    ['SHA-1 with its prefix', 'new', 'sha1 of kraken for kraken'],
    ['SHA-1 alone', 'new', 'sha1 of kraken for kraken'],
    ['SHA-256 alone', 'classic', 'classic_token of * for kraken'],
    ['SHA-1 with its prefix', 'classic', 'classic_token of * for kraken'],
    ['SHA-256 alone', 'former', 'former_token of kraken for kraken'],
    ['SHA-256 alone', 'stranger', 'unknown of none for kraken'],
  ] as const)('signed with %s under the token "%s" is %s', async (way, token, answer) => {
    expect(await answerTo(BOTH, RESULT, WAYS[way](RESULT, token))).toBe(answer);
  });

  test.each([
    [BOTH, RESULT, 'new', 'kraken'],
    ['bare', RESULT, 'bare', '*'],
    [BOTH, CLASSIC, 'classic', '*'],
    ['{"verification_approved":"own","*":"common"}', CLASSIC, 'own', 'verification_approved'],
  ])('is accepted with the entry of the secret whose token has signed it: %#', async (secret, body, token, entry) => {
    const { accepted, receive } = receiving(secret);
    await receive(body, sign(bytesOf(body), token, body === RESULT ? 'kraken' : 'verification_approved'));
    expect(accepted).toMatchObject([{ proof: { entry } }]);
  });

  test.each(['bare', '{"*":"bare"}'])('is accepted under the token for all types: %s', async (secret) => {
    expect(await answerTo(secret, RESULT, WAYS['SHA-256 alone'](RESULT, 'bare'))).toBe('accepted');
    expect(await answerTo(secret, RESULT, WAYS['SHA-1 with its prefix'](RESULT, 'bare'))).toBe('sha1 of * for kraken');
  });

  test('is refused if the secret has tokens of the classic types only', async () => {
    const secret = '{"email_changed":"own"}';
    expect(await answerTo(secret, RESULT, WAYS['SHA-256 alone'](RESULT, 'own'))).toBe(
      'classic_token of email_changed for kraken',
    );
  });

  test('is queued as it came', async () => {
    const { accepted, receive } = receiving(BOTH);
    const bodies = [RESULT, aResult('alice', 'pending'), DOCUMENTED.payloads.kraken];
    for (const body of bodies) await receive(body, WAYS['SHA-256 alone'](body, 'new'));
    expect(accepted.map(({ bytes }) => bytes.toString())).toEqual(bodies);
    expect(accepted.every(({ parked }) => parked === undefined)).toBe(true);
  });

  test.each([
    ['unknown_status: expired', '{"id":"alice","status":"expired"}'],
    ['missing_field: status', '{"id":"alice","state":"approved"}'],
    ['not_json', 'approved'],
    ['unknown_type: kyc_result', '{"type":"kyc_result","id":"alice","status":"approved"}'],
  ])('that is almost right is parked: %s', async (reason, body) => {
    expect(await answerTo(BOTH, body, WAYS['SHA-256 alone'](body, 'new'))).toBe(`parked: ${reason}`);
  });
});

describe('a classic notification', () => {
  test.each([
    ['SHA-1 with its prefix', 'classic', 'accepted'],
    ['SHA-256 alone', 'classic', 'sha256 of * for verification_approved'],
    ['SHA-256 with its prefix', 'classic', 'sha256 of * for verification_approved'],
    ['SHA-256 alone', 'new', 'kraken_token of kraken for verification_approved'],
    ['SHA-1 with its prefix', 'new', 'kraken_token of kraken for verification_approved'],
  ] as const)('signed with %s under the token "%s" is %s', async (way, token, answer) => {
    expect(await answerTo(BOTH, CLASSIC, WAYS[way](CLASSIC, token))).toBe(answer);
  });

  test('is refused under the token for all types with SHA-256', async () => {
    expect(await answerTo('bare', CLASSIC, WAYS['SHA-256 alone'](CLASSIC, 'bare'))).toBe('sha256 of * for verification_approved');
  });
});

describe('a body that is not understood', () => {
  test('must be signed in the way of one of the two', async () => {
    expect(await answerTo(BOTH, 'nonsense', WAYS['SHA-1 with its prefix']('nonsense', 'classic'))).toBe('parked: not_json');
    expect(await answerTo(BOTH, 'nonsense', WAYS['SHA-256 alone']('nonsense', 'classic'))).toBe('sha256 of * for none');
    expect(await answerTo(BOTH, 'nonsense', WAYS['SHA-1 with its prefix']('nonsense', 'new'))).toBe('sha1 of kraken for none');
  });

  test.each([
    ['kraken', ['kraken'], true],
    ['kraken', ['*'], false],
    ['kraken', ['email_changed'], false],
    ['classic', ['kraken'], false],
    ['classic', ['*'], true],
  ] as const)('and is later one of %s counts if it was signed for %j: %s', (contract, signedFor, counts) => {
    const bytes = bytesOf(contract === 'kraken' ? RESULT : CLASSIC);
    const message = encodeEnvelope({ id: 'id', receivedAt: NOW, bytes, parked: { reason: 'x', signedFor } });
    expect(interpretMessage(message, NOW)).toMatchObject(
      counts ? { kind: 'understood' } : { kind: 'not_understood', problem: 'signed_for_another_type' },
    );
  });
});

test('what a signature proves depends on how it was made', () => {
  const tokens = parseTokens('{"*":["one","two"],"kraken":"three","email_changed":"one"}');
  expect(proofsOf(tokens, bytesOf('x'), hmac('sha256', 'x', 'three'))).toEqual(['kraken']);
  expect(proofsOf(tokens, bytesOf('x'), hmac('sha256', 'x', 'one'))).toEqual([]);
  expect(proofsOf(tokens, bytesOf('x'), `sha1=${hmac('sha1', 'x', 'three')}`)).toEqual([]);
  expect(proofsOf(tokens, bytesOf('x'), `sha1=${hmac('sha1', 'x', 'one')}`)).toEqual(['*', 'email_changed']);
});

test('a signature of Kraken is one notation of one HMAC', () => {
  const hex = hmac('sha256', RESULT, 'token');
  expect(sign(bytesOf(RESULT), 'token', 'kraken')).toBe(hex);
  expect([hex, `sha256=${hex}`].map((one) => verify(bytesOf(RESULT), 'token', one))).toEqual([true, true]);
  const wrong = [
    `SHA256=${hex}`,
    `sha256=${hex.toUpperCase()}`,
    ` ${hex}`,
    `${hex}\n`,
    `${hex}0`,
    hex.slice(1),
    `sha256= ${hex}`,
    '',
  ];
  expect(wrong.filter((one) => isOfKraken(one) || verify(bytesOf(RESULT), 'token', one))).toEqual([]);
  expect(
    verify(
      bytesOf(RESULT),
      'token',
      hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    ),
  ).toBe(false);
});

test('a decision travels with its envelope, and belongs to results alone', () => {
  const decision = { asOf: NOW, statusRank: 3.5, by: 'arn:me', why: 'asked' };
  const envelope = { id: 'id', receivedAt: NOW, bytes: bytesOf(RESULT), decision };
  expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  expect(interpretMessage(encodeEnvelope(envelope), NOW)).toMatchObject({ kind: 'understood', state: { asOf: NOW } });
  expect(interpretMessage(encodeEnvelope({ ...envelope, bytes: bytesOf(CLASSIC) }), NOW)).toMatchObject({
    kind: 'not_understood',
    problem: 'decision_on_another_type',
  });
});
