import '../../support/as-npm.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, C, commandsIn, startTokens } from '../../support/tokens-command.ts';

const KEPT = 'The previous version of the secret is kept as AWSPREVIOUS.';
const UNREADABLE =
  'the secret is neither a bare token nor JSON that maps types, or "*", to a token or a list of tokens, none of them empty';

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

describe('tokens add', () => {
  test('puts a token in front of the others, and tells how to go on: its last command ends the rotation', async () => {
    const added = await on(A, 'add all', B);
    expect(added).toEqual({
      status: 0,
      stdout: `Written and read back: the secret has 2 tokens for all. ${KEPT}
Now change the token in Fractal's dashboard. When the deliveries that were signed with the former one have arrived (Fractal retries them for days), end the rotation: npm run oncall -- tokens retire all --stack S\n`,
      stderr: '',
    });
    expect(await entries()).toEqual({ '*': [B, A] });
    expect(await tokens.stored('AWSPREVIOUS')).toBe(A);
    const [retire = ''] = commandsIn(added.stdout);
    expect((await run(`${retire} --yes`)).status).toBe(0);
    expect(await entries()).toEqual({ '*': [B] });
  });

  test('takes over the tokens of all for a type that has none of its own', async () => {
    const { stdout } = await on({ '*': [A, B] }, 'add email_changed', C);
    expect(await entries()).toEqual({ '*': [A, B], email_changed: [C, A, B] });
    expect(stdout).toContain('the secret has 3 tokens for email_changed.');
    expect(commandsIn(stdout)).toEqual(['npm run oncall -- tokens retire email_changed --stack S']);
  });

  test('leaves other entries as they are, and has nothing to end where there was no token', async () => {
    const { stdout } = await on({ email_changed: A, sixth: 'x' }, 'add credential_shared', B);
    expect(await entries()).toEqual({ email_changed: [A], sixth: ['x'], credential_shared: [B] });
    expect(stdout).toBe(`Written and read back: the secret has 1 token for credential_shared. ${KEPT}\n`);
  });

  test('takes a former token to the front', async () => {
    await on({ '*': [A, B, C] }, 'add all', C);
    expect(await entries()).toEqual({ '*': [C, A, B] });
  });

  test('replaces the placeholder of a new stack, and reports as JSON', async () => {
    const { status, stdout } = await on({ no_token_yet: 'Yz3' }, 'add all --json', A);
    expect(await entries()).toEqual({ '*': [A] });
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      { type: 'all', tokens: 1, changed: true, version_id: expect.stringMatching(/^[\da-f-]{36}$/) },
    ]);
  });

  test('has nothing to do for the newest token', async () => {
    expect(await on({ '*': [B, A] }, 'add all', B)).toEqual({
      status: 0,
      stdout: 'It is the newest token of all already.\n',
      stderr: '',
    });
    expect(JSON.parse((await run('add all --json', B)).stdout)).toEqual({
      type: 'all',
      tokens: 2,
      changed: false,
      version_id: null,
    });
  });

  test('gives a type the same tokens as all without a word about those of all', async () => {
    await on({ '*': [B, A] }, 'add email_changed', B);
    expect(await entries()).toEqual({ '*': [B, A], email_changed: [B, A] });
  });

  test.each(['add all', 'retire all', 'remove all'])(
    '%s refuses a value that it cannot read, and its command replaces it',
    async (line) => {
      const { status, stdout, stderr } = await on('{"*":', line, line === 'add all' ? A : undefined);
      expect([status, stdout, stderr]).toEqual([
        2,
        '',
        `error: The value of the secret can't be read, so it can't be changed: ${UNREADABLE}. Replace it: npm run oncall -- tokens set all --stack S\n`,
      ]);
      const [command = ''] = commandsIn(stderr);
      expect((await run(command, A)).status).toBe(0);
      expect(await entries()).toEqual({ '*': [A] });
    },
  );
});
