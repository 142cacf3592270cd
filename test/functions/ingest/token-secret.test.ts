import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTokenSecret } from '../../../functions/ingest/token-secret.ts';
import { startSecrets } from '../../support/local-secrets.ts';

const SIGNAL = new AbortController().signal;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const START = Date.parse('2024-05-06T07:08:09Z');

let secrets: Awaited<ReturnType<typeof startSecrets>>;
let time: number;
let tokens: ReturnType<typeof createTokenSecret>;

beforeEach(async () => {
  secrets = await startSecrets('first');
  time = START;
  tokens = createTokenSecret({ client: secrets.client, secretId: 'tokens', now: () => time });
});

afterEach(() => secrets.stop());

const known = async () => (await tokens.cached(SIGNAL)).get('*');

describe('the tokens in Secrets Manager', () => {
  test('are read once in five minutes, for any number of deliveries', async () => {
    for (const at of [0, SECOND, MINUTE, 5 * MINUTE - 1]) {
      time = START + at;
      expect(await known()).toEqual(['first']);
    }
    expect(secrets.state.calls).toBe(1);
  });

  test('are read again after five minutes', async () => {
    await known();
    await secrets.put('second');
    time = START + 5 * MINUTE;
    expect(await known()).toEqual(['second']);
  });

  test('are read again when a signature matches none, and then cached', async () => {
    await known();
    await secrets.put('second');
    expect((await tokens.refresh(SIGNAL))?.get('*')).toEqual(['second']);
    expect(await known()).toEqual(['second']);
    expect(secrets.state.calls).toBe(2);
  });

  test('are not read for each request of a flood of invalid signatures', async () => {
    for (; time < START + MINUTE; time += 100) {
      await known();
      await tokens.refresh(SIGNAL);
    }
    expect(secrets.state.calls).toBe(5 + 5);
  });

  test('that cannot be read are an error, and are read five times, then once in ten seconds', async () => {
    secrets.state.down = true;
    for (let calls = 0; calls < 5; calls += 1) await expect(known()).rejects.toThrow('down');
    for (; time < START + 10 * SECOND; time += 100) await expect(known()).rejects.toThrow('down');
    expect(secrets.state.calls).toBe(5);
    secrets.state.down = false;
    expect(await known()).toEqual(['first']);
  });

  test('are not used for more than five minutes if they cannot be read again, because they may have been revoked', async () => {
    await known();
    secrets.state.down = true;
    time = START + 5 * MINUTE - 1;
    expect(await known()).toEqual(['first']);
    time = START + 5 * MINUTE;
    await expect(known()).rejects.toThrow('down');
  });

  test('stay cached when reading them again fails before that', async () => {
    await known();
    secrets.state.down = true;
    time = START + MINUTE;
    await expect(tokens.refresh(SIGNAL)).rejects.toThrow('down');
    expect(await known()).toEqual(['first']);
  });

  test('are re-read for an invalid signature exactly ten seconds after the last permitted call', async () => {
    for (let calls = 0; calls < 5; calls += 1) await tokens.refresh(SIGNAL);
    expect(await tokens.refresh(SIGNAL)).toBe(undefined);
    time += 10 * SECOND - 1;
    expect(await tokens.refresh(SIGNAL)).toBe(undefined);
    time += 1;
    expect((await tokens.refresh(SIGNAL))?.get('*')).toEqual(['first']);
  });

  test('that are malformed are an error that does not contain them', async () => {
    await secrets.put('{"*":["SUP3RS3CR3T",""]}');
    const error: Error = await tokens.cached(SIGNAL).then(
      () => new Error('no error'),
      (reason) => reason,
    );
    expect(error.message).toMatch(/neither a bare token nor JSON/);
    expect(error.message).not.toContain('SUP3RS3CR3T');
  });

  test('that cannot be read in time are an error', async () => {
    await expect(tokens.cached(AbortSignal.abort())).rejects.toThrow('out of time waiting for Secrets Manager');
  });

  test('that are binary are an error', async () => {
    secrets.state.binary = true;
    await expect(known()).rejects.toThrow('the secret is binary, not text');
  });
});
