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

describe('tokens remove', () => {
  const OTHERS = { '*': [A], email_changed: [B], verification_aproved: [C], [C]: ['email_changed', 'x'] };

  test('removes the entries that this release does not know, without showing what may be a token', async () => {
    expect(await on(OTHERS, 'remove unknown')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: Nothing was written. This removes 3 tokens of verification_aproved, a name of 40 characters. Add --yes to confirm.\n',
    });
    expect(await entries()).toEqual(OTHERS);
    expect((await run('remove unknown --yes')).status).toBe(0);
    expect(await entries()).toEqual({ '*': [A], email_changed: [B] });
    expect((await run('remove unknown --yes')).stdout).toBe('The secret has no entries that this release does not know.\n');
  });

  test.each<[string, object, string, object]>([
    [
      'email_changed',
      { '*': [A], email_changed: [B] },
      'This removes 1 token of email_changed: deliveries of email_changed that are not signed with a token of all will be refused.',
      { '*': [A] },
    ],
    [
      'email_changed',
      { verification_approved: [A], email_changed: [B, C] },
      'This removes 2 tokens of email_changed: deliveries of email_changed will be refused.',
      { verification_approved: [A] },
    ],
    [
      'all',
      { '*': [A], verification_approved: [B], verification_contacted: [B], email_changed: [B] },
      'This removes 1 token of all: deliveries of verification_rejected, credential_shared will be refused.',
      { verification_approved: [B], verification_contacted: [B], email_changed: [B] },
    ],
  ])('of %s says which deliveries will be refused', async (type, value, warning, left) => {
    expect(await on(value, `remove ${type}`)).toMatchObject({
      status: 2,
      stderr: `error: Nothing was written. ${warning} Add --yes to confirm.\n`,
    });
    expect((await run(`remove ${type} --yes`)).stdout).toBe(
      `Written and read back: the secret has 0 tokens for ${type}. ${KEPT}\n`,
    );
    expect(await entries()).toEqual(left);
  });

  test('has nothing to remove from a type without tokens of its own', async () => {
    const { status, stdout } = await on({ '*': [A] }, 'remove email_changed --json');
    expect([status, JSON.parse(stdout)]).toEqual([0, { type: 'email_changed', tokens: 0, changed: false, version_id: null }]);
    expect((await run('remove email_changed')).stdout).toBe('The secret has no tokens of its own for email_changed.\n');
  });

  test('keeps the last token: its command stores another one first', async () => {
    const { status, stderr } = await on({ no_token_yet: 'x', email_changed: [A] }, 'remove email_changed --yes');
    expect([status, stderr]).toEqual([
      2,
      'error: The secret would have no token left. Store another one first: npm run oncall -- tokens set all --stack S\n',
    ]);
    const [command = ''] = commandsIn(stderr);
    expect((await run(command, B)).status).toBe(0);
    expect((await run('remove email_changed --yes')).status).toBe(0);
    expect(await entries()).toEqual({ '*': [B] });
  });
});
