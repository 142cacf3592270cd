import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../emulator/aws/request.ts';
import { parseJson } from '../../../functions/core/json.ts';
import { readHistory } from '../../../oncall/tokens/since.ts';
import { startSecrets } from '../../support/local-secrets.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-11-25T08:00:00Z');

let secrets: Awaited<ReturnType<typeof startSecrets>>;
let now: number;

beforeEach(async () => {
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  secrets = await startSecrets('first');
});

afterEach(async () => {
  await secrets.stop();
  jest.restoreAllMocks();
});

const putAfter = async (ms: number, SecretString: string) => {
  now += ms;
  await secrets.client.send(new PutSecretValueCommand({ SecretId: 'arn:tokens', SecretString }));
};
const history = () => readHistory(secrets.client, 'arn:tokens');

test('a token is in the secret since the oldest version that has it, under whatever type', async () => {
  await putAfter(HOUR_MS, '{"*":["second","first"]}');
  await putAfter(HOUR_MS, '{"*":"second","email_changed":["third","second"]}');
  await putAfter(HOUR_MS, '{"*":');
  await putAfter(HOUR_MS, '{"*":"third"}');
  const since = await history();
  expect(since('first')).toEqual({ at: START, exact: true });
  expect(since('second')).toEqual({ at: START + HOUR_MS, exact: true });
  expect(since('third')).toEqual({ at: START + 2 * HOUR_MS, exact: true });
  expect(since('stranger')).toBeUndefined();
});

test('it may be there for longer if AWS has removed the older versions', async () => {
  for (let count = 0; count < 98; count += 1) await putAfter(HOUR_MS, 'kept');
  await putAfter(HOUR_MS, '{"*":["new","kept"]}');
  expect((await history())('kept')).toEqual({ at: START + HOUR_MS, exact: true });
  await putAfter(HOUR_MS, '{"*":["new","kept"]}');
  await putAfter(HOUR_MS, '{"*":["new","kept"]}');
  const since = await history();
  expect(since('kept')).toEqual({ at: START + 2 * HOUR_MS, exact: false });
  expect(since('new')).toEqual({ at: START + 99 * HOUR_MS, exact: true });
});

test('a version that is not JSON, or no longer there, has no tokens; the others are read', async () => {
  await secrets.put('{"*":');
  await putAfter(HOUR_MS, 'kept');
  await putAfter(HOUR_MS, '{"*":["new","kept"]}');
  // The value of a binary version is in another field.
  secrets.state.binary = true;
  expect((await history())('kept')).toBeUndefined();
  secrets.state.binary = false;
  expect((await history())('kept')).toEqual({ at: START + HOUR_MS, exact: true });
  for (const name of ['ResourceNotFoundException', 'DecryptionFailure']) {
    secrets.around((serve) => async (request) => {
      const answer = await serve(request);
      return answer.body.includes('"SecretString":"kept"') ? awsError(400, name, 'no') : answer;
    });
    expect((await history())('kept')).toEqual({ at: START + 2 * HOUR_MS, exact: true });
  }
  secrets.around(
    (serve) => async (request) =>
      request.action === 'GetSecretValue' ? awsError(400, 'AccessDeniedException', 'no') : serve(request),
  );
  await expect(history()).rejects.toThrow('no');
});

test('nothing is known of a secret without versions', async () => {
  secrets.around((serve) => async (request) => (request.action === 'ListSecretVersionIds' ? awsAnswer({}) : serve(request)));
  expect((await history())('first')).toBeUndefined();
});

test.each([
  [60_000, true],
  [60_001, false],
])('the oldest version, %d ms after the secret, is its first: %p', async (ms, exact) => {
  await putAfter(ms, '{"*":"second"}');
  secrets.around((serve) => async (request) => {
    const answer = await serve(request);
    if (request.action !== 'ListSecretVersionIds') return answer;
    const { Versions, ...rest } = Object(parseJson(answer.body.toString()));
    return awsAnswer({ ...rest, Versions: Versions.slice(0, 1) });
  });
  expect((await history())('second')).toEqual({ at: START + ms, exact });
});
