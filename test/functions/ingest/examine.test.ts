import { beforeEach, describe, expect, test } from '@jest/globals';
import { createExamine, type FormerTokens } from '../../../functions/ingest/examine.ts';
import { parseTokens, type Tokens } from '../../../functions/ingest/tokens.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED, signed } from '../../support/notifications.ts';

const SIGNAL = new AbortController().signal;
const NOW = Date.parse('2024-05-06T08:00:00Z');
// Made up, in the form of what Fractal's OAuth server issues.
const CLIENT_SECRET = 'made-up_0123456789abcdefghijklmnopqrstuvwxy';

const TOKENS = parseTokens('{"*":["common","common-before"],"email_changed":"own"}');
const FORMER = [parseTokens('{"*":"common","email_changed":"own-before"}'), parseTokens('ancient')];

let time: number;
let asked: number;
let former: Awaited<ReturnType<FormerTokens>>;
let examine: ReturnType<typeof createExamine>;

beforeEach(() => {
  time = NOW;
  asked = 0;
  former = FORMER;
  const formerTokens: FormerTokens = async () => {
    asked += 1;
    return former;
  };
  examine = createExamine({ formerTokens, now: () => time });
});

const why = (body: string, signature: string, tokens: Tokens = TOKENS, receivedAt = time) =>
  examine({ bytes: bytesOf(body), signature }, tokens, receivedAt, SIGNAL);

describe('examining a wrong signature', () => {
  test('names the entry that has signed, and the type of the body', async () => {
    const body = aVerification();
    const found = { cause: 'other_type', entry: 'email_changed', type: 'verification_approved' };
    expect(await why(body, signed(body, 'own'))).toEqual(found);
    time += 1_000;
    const change = anEmailChange();
    expect(await why(change, signed(change, 'common-before'))).toEqual({
      cause: 'other_type',
      entry: '*',
      type: 'email_changed',
    });
    expect(asked).toBe(0);
  });

  test.each([
    [anEmailChange('u'), 'own-before', 'email_changed'],
    [anEmailChange('u'), 'ancient', 'email_changed'],
    [aVerification({ user: 'u' }), 'ancient', '*'],
    [aVerification({ user: 'u' }), 'own-before', '*'],
  ])('names the entry that lacks a former token: %s under %s', async (body, token, entry) => {
    expect(await why(body, signed(body, token))).toMatchObject({ cause: 'former_token', entry });
  });

  test('names the notation before the former token', async () => {
    const body = anEmailChange();
    const found = await why(body, signed(body, 'own-before').slice('sha1='.length));
    expect(found).toEqual({ cause: 'no_prefix', entry: 'email_changed', type: 'email_changed' });
  });

  test('does not repeat a name that is not one of Fractal: it may be a token', async () => {
    const body = aVerification();
    const tokens = parseTokens(JSON.stringify({ '*': 'common', [DOCUMENTED.token]: 'swapped' }));
    const found = await why(body, signed(body, 'swapped'), tokens);
    expect(found).toEqual({ cause: 'other_type', entry: 'other', type: 'verification_approved' });
  });

  test('finds a client secret in place of the newest token that may sign, but only if nothing else fits', async () => {
    const body = anEmailChange();
    const mistaken = parseTokens(JSON.stringify({ '*': 'common', email_changed: [CLIENT_SECRET, 'own'] }));
    expect(await why(body, signed(body, 'stranger'), mistaken)).toEqual({
      cause: 'client_secret',
      entry: 'email_changed',
      type: 'none',
    });
    time += 1_000;
    expect(await why(body, signed(body, 'common'), mistaken)).toMatchObject({ cause: 'other_type' });
    time += 1_000;
    const other = aVerification();
    expect(await why(other, signed(other, 'stranger'), mistaken)).toMatchObject({ cause: 'unknown' });
    time += 1_000;
    expect(await why('no type', signed('no type', 'stranger'), mistaken)).toMatchObject({ cause: 'client_secret' });
    time += 1_000;
    const behind = parseTokens(JSON.stringify({ '*': [DOCUMENTED.token, CLIENT_SECRET] }));
    expect(await why(body, signed(body, 'stranger'), behind)).toMatchObject({ cause: 'unknown' });
  });

  test('is done once a second', async () => {
    const body = aVerification();
    const causes: string[] = [];
    for (const after of [0, 1, 999, 1_000, 1_500, 1_999, 2_000]) {
      time = NOW + after;
      causes.push((await why(body, signed(body, 'own'))).cause);
    }
    const not = 'not_examined';
    expect(causes).toEqual(['other_type', not, not, 'other_type', not, not, 'other_type']);
  });

  test('is done for a body of up to 4 KiB', async () => {
    const largest = 'x'.repeat(4_096);
    expect(await why(`${largest}x`, signed(`${largest}x`, 'ancient'))).toMatchObject({ cause: 'not_examined' });
    expect(await why(largest, signed(largest, 'ancient'))).toMatchObject({ cause: 'former_token' });
  });

  test('is not done if little time is left', async () => {
    const body = aVerification();
    expect(await why(body, signed(body, 'own'), TOKENS, time - 3_001)).toMatchObject({ cause: 'not_examined' });
    expect(await why(body, signed(body, 'own'), TOKENS, time - 3_000)).toMatchObject({ cause: 'other_type' });
  });

  test('needs no search for a signature that can be none, so that it never keeps another from being examined', async () => {
    const body = aVerification();
    for (let count = 0; count < 10; count += 1) expect(await why(body, 'sha1=0')).toMatchObject({ cause: 'unknown' });
    expect(await why(body, signed(body, 'own'))).toMatchObject({ cause: 'other_type' });
    expect(asked).toBe(0);
  });

  test('is not finished if the former tokens cannot be read', async () => {
    former = { problem: 'AccessDeniedException: denied' };
    const body = aVerification();
    const found = await why(body, signed(body, 'ancient'));
    expect(found).toEqual({ cause: 'not_examined', entry: 'none', type: 'none', problem: 'AccessDeniedException: denied' });
  });

  test('never throws', async () => {
    const broken = createExamine({ formerTokens: () => Promise.reject(new TypeError('x@y.zz')), now: () => time });
    const body = aVerification();
    const found = await broken({ bytes: bytesOf(body), signature: signed(body, 'stranger') }, TOKENS, time, SIGNAL);
    expect(found).toEqual({ cause: 'not_examined', entry: 'none', type: 'none', problem: 'TypeError' });
  });
});
