import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFormerTokens } from '../../../functions/ingest/former-tokens.ts';
import { startSecrets } from '../../support/local-secrets.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;
// A busy machine takes longer than the second that is the default.
const withinMs = 60_000;

let secrets: Awaited<ReturnType<typeof startSecrets>>;
let time: number;
let former: ReturnType<typeof createFormerTokens>;

beforeEach(async () => {
  secrets = await startSecrets('{"no_token_yet":"random"}');
  time = Date.now();
  former = createFormerTokens({ client: secrets.client, secretId: 'tokens', now: () => time, withinMs });
});

afterEach(() => secrets.stop());

const read = async () => {
  const found = await former(SIGNAL);
  return 'problem' in found ? found : found.map((tokens) => Object.fromEntries(tokens));
};

describe('the former tokens of the secret', () => {
  test('are those of its last four versions, newest first, without the current one', async () => {
    for (const value of ['one', 'two', 'three', '{"*":"four","email_changed":"own"}', 'five', 'six']) await secrets.put(value);
    expect(await read()).toEqual([
      { '*': ['five'] },
      { '*': ['four'], email_changed: ['own'] },
      { '*': ['three'] },
      { '*': ['two'] },
    ]);
  });

  test('are none while there was no token before, and leave out values that were not valid', async () => {
    expect(await read()).toEqual([]);
    time += 5 * MINUTE;
    for (const value of ['[]', 'old', '{"*":""}', 'new']) await secrets.put(value);
    expect(await read()).toEqual([{ '*': ['old'] }]);
  });

  test('are read once in five minutes', async () => {
    await secrets.put('new');
    await read();
    const { calls } = secrets.state;
    time += 5 * MINUTE - 1;
    await read();
    expect(secrets.state.calls).toBe(calls);
    time += 1;
    await read();
    expect(secrets.state.calls).toBe(2 * calls);
  });

  test('are a problem if they cannot be read, and are read again after ten seconds', async () => {
    secrets.state.down = true;
    expect(await read()).toEqual({ problem: expect.stringContaining('down') });
    const { calls } = secrets.state;
    secrets.state.down = false;
    expect(await read()).toEqual({ problem: expect.stringContaining('down') });
    expect(secrets.state.calls).toBe(calls);
    time += 10_000;
    expect(await read()).toEqual([]);
  });

  test('are a problem if they cannot be read in time', async () => {
    former = createFormerTokens({ client: secrets.client, secretId: 'tokens', now: () => time, withinMs: 0 });
    expect(await read()).toEqual({ problem: 'out of time waiting for Secrets Manager' });
  });

  test('are a problem if the time for the answer is over', async () => {
    expect(await former(AbortSignal.abort())).toEqual({ problem: 'out of time waiting for Secrets Manager' });
  });
});
