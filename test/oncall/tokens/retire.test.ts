import '../../support/as-npm.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, C, commandsIn, startTokens } from '../../support/tokens-command.ts';

const KEPT = 'The previous version of the secret is kept as AWSPREVIOUS.';

let tokens: Awaited<ReturnType<typeof startTokens>>;
let on: typeof tokens.on;
let run: typeof tokens.run;
let entries: typeof tokens.entries;

beforeAll(async () => {
  instantWaits();
  tokens = await startTokens();
  ({ on, run, entries } = tokens);
});

afterAll(() => tokens.stop());

describe('tokens retire', () => {
  test('removes all tokens of a type but the newest, with --yes only', async () => {
    const value = { '*': [A, B, C], email_changed: [B, A] };
    expect(await on(value, 'retire all')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: Nothing was written. This removes 2 former tokens of all: deliveries that are signed with them will be refused. Add --yes to confirm.\n',
    });
    expect(await entries()).toEqual(value);
    expect((await run('retire all --yes')).status).toBe(0);
    expect(await entries()).toEqual({ '*': [A], email_changed: [B, A] });
    expect((await run('retire email_changed --yes')).stdout).toBe(
      `Written and read back: the secret has 1 token for email_changed. ${KEPT}\n`,
    );
    expect(await entries()).toEqual({ '*': [A], email_changed: [B] });
  });

  test('has none to retire if there is one', async () => {
    expect(await on({ '*': [A] }, 'retire all --yes')).toEqual({
      status: 0,
      stdout: 'all has one token, so there is none to retire.\n',
      stderr: '',
    });
  });

  test('shows where the tokens are if the type has none of its own', async () => {
    const { status, stderr } = await on({ '*': [A, B] }, 'retire email_changed --yes');
    expect([status, stderr]).toEqual([
      2,
      'error: email_changed has no tokens of its own, so there is none to retire. See them: npm run oncall -- tokens list --stack S\n',
    ]);
    const [command = ''] = commandsIn(stderr);
    expect((await run(command)).stdout).toMatch(/^all +former/m);
  });
});
