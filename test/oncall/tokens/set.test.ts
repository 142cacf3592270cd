import '../../support/as-npm.ts';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, C, D, startTokens } from '../../support/tokens-command.ts';

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

describe('tokens set', () => {
  test('for a type without a token needs no confirmation, and keeps the others', async () => {
    const { status, stdout, stderr } = await on({ verification_approved: A }, 'set email_changed', B);
    expect([status, stdout, stderr]).toEqual([
      0,
      `Written and read back: the secret has 1 token for email_changed. ${KEPT}\n`,
      '',
    ]);
    expect(await entries()).toEqual({ verification_approved: [A], email_changed: [B] });
  });

  test.each<[string, object, string]>([
    [
      'all',
      { '*': [A, B], email_changed: [C] },
      'This replaces 2 tokens: deliveries of verification_approved, verification_contacted, verification_rejected, credential_shared that are signed with them will be refused.',
    ],
    [
      'email_changed',
      { '*': [A] },
      'This replaces 1 token of all, which are used so far: deliveries of email_changed that are signed with it will be refused.',
    ],
    [
      'email_changed',
      { '*': [A], email_changed: [B, D, C] },
      'This replaces 2 tokens: deliveries of email_changed that are signed with them will be refused.',
    ],
  ])('of %s says which deliveries will be refused, and writes with --yes alone', async (type, value, warning) => {
    expect(await on(value, `set ${type}`, D)).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: Nothing was written. ${warning} To keep accepting them, use "tokens add" instead. Add --yes to confirm.\n`,
    });
    expect(await entries()).toEqual(value);
    expect((await run(`set ${type} --yes`, D)).status).toBe(0);
    expect(await entries()).toEqual({ ...value, [type === 'all' ? '*' : type]: [D] });
  });

  test('does not warn of a token that no delivery can be signed with', async () => {
    expect(await on({ '*': ['"quoted"', A] }, 'set all', A)).toMatchObject({ status: 0, stderr: '' });
    expect(await entries()).toEqual({ '*': [A] });
  });

  test('has nothing to do for the only token', async () => {
    expect(await on({ '*': [A] }, 'set all', A)).toMatchObject({
      status: 0,
      stdout: 'It is the only token of all already.\n',
    });
    expect(await tokens.stored()).toBe(JSON.stringify({ '*': [A] }));
    // A type without an entry is changed, although the token is that of all.
    expect((await run('set email_changed', A)).stdout).toContain('the secret has 1 token for email_changed.');
    expect(await entries()).toEqual({ '*': [A], email_changed: [A] });
  });

  test('replaces two tokens by one that has both in it', async () => {
    expect((await on({ '*': ['x', 'y'] }, 'set all --yes', 'x,y')).stdout).toContain('1 token for all');
    expect(await entries()).toEqual({ '*': ['x,y'] });
  });

  test('replaces a value that cannot be read, and says so', async () => {
    expect(await on('{"*":', 'set all', A)).toMatchObject({
      status: 0,
      stderr: `The value of the secret can't be read: ${UNREADABLE}. All of it is replaced.\n`,
    });
    expect(await entries()).toEqual({ '*': [A] });
  });

  test('asks in a terminal, and writes if the answer is yes', async () => {
    const { stdin, stderr } = process;
    const typing = async (answer: string) => {
      const input = Object.assign(new PassThrough(), { isTTY: true });
      const output = Object.assign(new PassThrough(), { isTTY: true });
      Object.defineProperty(process, 'stdin', { value: input, configurable: true });
      Object.defineProperty(process, 'stderr', { value: output, configurable: true });
      input.write(`${answer}\n`);
      const done = await on({ '*': [A, B] }, 'retire all');
      Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
      Object.defineProperty(process, 'stderr', { value: stderr, configurable: true });
      return { status: done.status, asked: String(output.read()) };
    };
    expect(await typing('y')).toMatchObject({ status: 2 });
    expect(await entries()).toEqual({ '*': [A, B] });
    expect(await typing('yes')).toEqual({
      status: 0,
      asked: expect.stringContaining(
        'This removes 1 former token of all: deliveries that are signed with it will be refused. Type yes to confirm, anything else to cancel: ',
      ),
    });
    expect(await entries()).toEqual({ '*': [A] });
  });
});
