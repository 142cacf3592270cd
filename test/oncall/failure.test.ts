import { describe, expect, test } from '@jest/globals';
import { CannotRunError, explainError, isDenied, isUnreachable } from '../../oncall/failure.ts';

/** An error with these properties. */
const failed = (message: string, properties: object = {}): Error => Object.assign(new Error(message), properties);

const ofAws = (name: string, message: string): Error => failed(message, { name, $fault: 'client', $metadata: {} });

const SIGN_IN = 'Sign in (aws sso login, or AWS_PROFILE=…), then retry.';

const REFUSED = failed('connect ECONNREFUSED 127.0.0.1:4566', { code: 'ECONNREFUSED', address: '127.0.0.1', port: 4566 });
const UNKNOWN_HOST = failed('getaddrinfo ENOTFOUND', { code: 'ENOTFOUND', hostname: 'sqs.eu-cental-1.amazonaws.com' });
const NO_CREDENTIALS = failed('Could not load credentials from any providers', { name: 'CredentialsProviderError' });
const NO_REGION = failed('Region is missing');

describe('why a command could not run', () => {
  test.each<[unknown, string]>([
    ['text', 'text'],
    [undefined, 'undefined'],
    [NO_CREDENTIALS, `No AWS credentials were found: Could not load credentials from any providers. ${SIGN_IN}`],
    [
      failed('The profile a.b is expired.', { name: 'CredentialsProviderError' }),
      `No AWS credentials were found: The profile a.b is expired. ${SIGN_IN}`,
    ],
    [NO_REGION, 'No AWS region is set. Set AWS_REGION, or add --region.'],
    [
      failed('socket hang up', { name: 'TimeoutError' }),
      'AWS did not respond in time. Check your network, then https://health.aws.amazon.com/health/status',
    ],
    [
      UNKNOWN_HOST,
      expect.stringMatching(/^sqs\.eu-cental-1\.amazonaws\.com can't be reached: its host name .*\. Check /) as never,
    ],
    [REFUSED, expect.stringMatching(/^127\.0\.0\.1:4566 can't be reached: connection refused\. Is the stack running/) as never],
    [
      failed('read ECONNRESET', { code: 'ECONNRESET' }),
      expect.stringMatching(/^AWS can't be reached: the connection was/) as never,
    ],
    [ofAws('ExpiredToken', 'Expired.'), 'The AWS credentials have expired. Sign in again, then retry.'],
    [new SuppressedError(REFUSED, NO_REGION), 'No AWS region is set. Set AWS_REGION, or add --region.'],
    [failed('Unexpected end of JSON input'), 'Unexpected end of JSON input'],
    [failed('', { name: 'RangeError' }), 'RangeError'],
  ])('%p is explained', (error, says) => {
    expect(explainError(error)).toEqual(says);
  });

  test('is the message of a CannotRunError, whatever it quotes, of any copy of the class', () => {
    const says = 'notes.txt: line 3: Region is missing';
    expect(explainError(new CannotRunError(says))).toBe(says);
    expect(explainError(failed(says, { name: 'CannotRunError' }))).toBe(says);
  });
});

describe('whether every other call would fail too', () => {
  test.each([NO_CREDENTIALS, NO_REGION, REFUSED, UNKNOWN_HOST, failed('', { code: 'EAI_AGAIN' }), ofAws('ExpiredToken', '')])(
    '%p: it would',
    (error) => {
      expect(isUnreachable(error)).toBe(true);
    },
  );

  test.each([
    'Region is missing',
    failed('no such file', { code: 'ENOENT' }),
    failed('', { code: 'ENOTFOUNDATION' }),
    failed('', { code: 'UND_ECONNREFUSED' }),
    ofAws('AccessDenied', ''),
    ofAws('ResourceNotFoundException', 'Requested resource not found'),
  ])('%p: it may not', (error) => {
    expect(isUnreachable(error)).toBe(false);
  });
});

test('a missing permission is told from other errors', () => {
  expect(isDenied(ofAws('AccessDeniedException', ''))).toBe(true);
  expect(isDenied(ofAws('AccessDenied', ''))).toBe(true);
  expect(isDenied(ofAws('ThrottlingException', ''))).toBe(false);
  expect(isDenied({ name: 'AccessDenied' })).toBe(false);
});
