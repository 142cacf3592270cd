import '../../support/as-npm.ts';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { parseJson } from '../../../functions/core/json.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, C, commandsIn, D, startTokens } from '../../support/tokens-command.ts';

const KEPT = 'The previous version of the secret is kept as AWSPREVIOUS.';
const UNREADABLE =
  'the secret is neither a bare token nor JSON that maps types, or "*", to a token or a list of tokens, none of them empty';

let tokens: Awaited<ReturnType<typeof startTokens>>;
let clock: ReturnType<typeof instantWaits>;
let on: typeof tokens.on;
let run: typeof tokens.run;
let entries: typeof tokens.entries;

beforeAll(async () => {
  clock = instantWaits();
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
If Fractal does not sign with it yet, change the token in Fractal's dashboard now. When the deliveries that were signed with the former one have arrived (Fractal retries them for days), end the rotation: npm run oncall -- tokens retire all --stack S\n`,
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
      'This replaces 2 tokens: deliveries of verification_approved, verification_contacted, verification_rejected, credential_shared, kraken that are signed with them will be refused.',
    ],
    [
      'email_changed',
      { '*': [A] },
      'This replaces 1 token of all for this type: deliveries of email_changed that are signed with it will be refused.',
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

  test('replaces the only token by another, and removes the others of the newest', async () => {
    expect((await on({ '*': [B] }, 'set all --yes', A)).status).toBe(0);
    expect(await entries()).toEqual({ '*': [A] });
    expect((await on({ '*': [A, B] }, 'set all', A)).stderr).toContain('This replaces 1 token: deliveries of ');
    expect((await run('set all --yes', A)).status).toBe(0);
    expect(await entries()).toEqual({ '*': [A] });
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
      'This removes 1 token of all: deliveries of verification_rejected, credential_shared, kraken will be refused.',
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

describe('a token on standard input', () => {
  const { stdin } = process;

  const piped = async (chunks: readonly string[]) => {
    Object.defineProperty(process, 'stdin', {
      value: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
      configurable: true,
    });
    const done = await on({ '*': [A] }, 'add all');
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
    return done;
  };

  test('is read to its end, without the line break that ends it', async () => {
    expect((await piped([B.slice(8), `${B.slice(-8)}\r\n`])).status).toBe(0);
    expect(await entries()).toEqual({ '*': [B, A] });
  });

  test.each<[string, string[], string]>([
    ['is empty', [], 'it is empty'],
    ['is longer than any token', ['x'.repeat(4_096), 'x'], 'it is longer than 4096 bytes'],
    ['has two lines', [`${B}\n`, C], 'it has a line break'],
    ['has an empty line after it', [`${B}\n\n`], 'it has a line break'],
  ])('is refused if it %s', async (_, chunks, why) => {
    expect(await piped(chunks)).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: This is not a token: ${why}. Nothing was written.\n`,
    });
    expect(await entries()).toEqual({ '*': [A] });
  });

  test('may have 4096 bytes', async () => {
    expect((await piped(['x'.repeat(4_096)])).status).toBe(0);
  });
});

test('a token is asked for in a terminal', async () => {
  const { stdin, stderr } = process;
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = new PassThrough();
  Object.defineProperty(process, 'stdin', { value: input, configurable: true });
  Object.defineProperty(process, 'stderr', { value: output, configurable: true });
  input.write(`${B}\r`);
  const { status } = await on({ '*': [A] }, 'add all');
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  Object.defineProperty(process, 'stderr', { value: stderr, configurable: true });
  expect([status, String(output.read())]).toEqual([0, 'Token for all (it is not shown): \n']);
  expect(await entries()).toEqual({ '*': [B, A] });
});

describe('a token in a file', () => {
  test('is too long from 4097 bytes', async () => {
    expect((await tokens.runWith('add all', await tokens.file('x'.repeat(4_096)))).stderr).toMatch(
      /^warning: The tokens in Fractal's/,
    );
    expect(await tokens.runWith('add all', await tokens.file('x'.repeat(4_097)))).toMatchObject({
      status: 2,
      stderr: 'error: This is not a token: it is longer than 4096 bytes. Nothing was written.\n',
    });
  });

  test('that cannot be read is an error', async () => {
    expect(await tokens.runWith('add all', '/nowhere/token')).toMatchObject({
      status: 2,
      stderr: "error: /nowhere/token can't be read: ENOENT.\n",
    });
  });
});

describe('tokens list', () => {
  // It reads all versions of the secret.
  beforeAll(async () => {
    await tokens.stop();
    tokens = await startTokens();
    ({ on, run, entries } = tokens);
  });

  const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

  test('shows how many tokens each type has, their form, and since when they are there', async () => {
    await tokens.put(JSON.stringify({ '*': [A, 'Xy-z'], email_changed: 'c'.repeat(64), [B]: 'x', paused: 'y' }));
    const { status, stdout, stderr } = await run('list');
    expect([status, stderr]).toEqual([0, '']);
    const [head = '', ...lines] = stdout.replaceAll(/ +$/gm, '').split('\n');
    expect(head.split(/ {2,}/)).toEqual(['TYPE', 'TOKEN', 'FORM', 'IN THE SECRET SINCE']);
    const row = (...cells: string[]) => expect.stringMatching(new RegExp(`^${cells.join(' {2,}')}$`));
    expect(lines).toEqual([
      row('all', 'newest', '40 hex digits', TIME),
      row('all', 'former', '4 characters', TIME),
      row('email_changed', 'newest', '64 hex digits', TIME),
      row('a name of 40 characters', 'newest', '1 character', TIME),
      row('paused', 'newest', '1 character', TIME),
      '',
      'Verified with the tokens of all: verification_approved, verification_contacted, verification_rejected, credential_shared, kraken.',
      '',
    ]);
  });

  test('shows before when a token was there, and that this is not known if AWS lists no version with it', async () => {
    clock.pass(120_000);
    await tokens.put(A);
    const versions = async (at: number) => {
      tokens.secrets.around((serve) => async (request) => {
        const answer = await serve(request);
        if (request.action !== 'ListSecretVersionIds') return answer;
        return awsAnswer({ Versions: Object(parseJson(answer.body.toString())).Versions.slice(at, 1) });
      });
      const [table, json] = [await run('list'), await run('list --json')];
      tokens.secrets.around((serve) => serve);
      return [table.stdout.trimEnd().split('\n')[1]?.trimEnd(), JSON.parse(json.stdout).entries[0].tokens[0]];
    };
    const since = new Date(clock.now()).toISOString().replace(/\.\d+/, '');
    expect(await versions(0)).toEqual([
      expect.stringMatching(new RegExp(`^all +newest +40 hex digits +before ${since}$`)),
      { form: '40 hex digits', length: 40, problem: null, since, exact: false },
    ]);
    expect(await versions(1)).toEqual([
      expect.stringMatching(/^all +newest +40 hex digits +–$/),
      { form: '40 hex digits', length: 40, problem: null, since: null, exact: false },
    ]);
  });

  test('prints the same as JSON', async () => {
    await tokens.put(JSON.stringify({ '*': [A, '"x"'], paused: 'y' }));
    const { status, stdout } = await run('list --json');
    const since = expect.stringMatching(new RegExp(`^${TIME}$`));
    expect([status, JSON.parse(stdout)]).toEqual([
      1,
      {
        entries: [
          {
            type: 'all',
            tokens: [
              { form: '40 hex digits', length: 40, problem: null, since, exact: true },
              { form: '3 characters', length: 3, problem: 'it has quotation marks around it', since, exact: true },
            ],
          },
          { type: 'paused', tokens: [expect.objectContaining({ length: 1 })] },
        ],
        without_token: [],
        problem: null,
      },
    ]);
  });

  test.each<[string, unknown, string[], string[]]>([
    ['no token yet', { no_token_yet: 'Yz3' }, [], ['set all']],
    [
      'the tokens of two types alone',
      { email_changed: A, credential_shared: B },
      ['email_changed', 'credential_shared'],
      ['set verification_approved'],
    ],
  ])('shows which types the secret lacks that has %s', async (_, value, shown, commands) => {
    const { status, stdout } = await on(value, 'list');
    expect(status).toBe(1);
    expect(stdout).not.toContain('Verified with');
    if (shown.length === 0) expect(stdout).toMatch(/^Without a token/);
    const listed = shown.length > 0 ? stdout.split('\n\n')[0]?.split('\n').slice(1) : [];
    expect(listed?.map((line) => line.split(' ')[0])).toEqual(shown);
    expect(stdout).toMatch(
      /(^|\n\n)Without a token, so refused: verification_approved, verification_contacted, verification_rejected(, credential_shared, email_changed)?\. Store one: npm/,
    );
    expect(commandsIn(stdout)).toEqual(commands.map((command) => `npm run oncall -- tokens ${command} --stack S`));
    // Typed until nothing is missing.
    for (let line = commandsIn(stdout)[0]; line !== undefined; [line] = commandsIn((await run('list')).stdout)) {
      expect((await run(line, D)).status).toBe(0);
    }
    expect((await run('list')).status).toBe(0);
  });

  test('has nothing to add if every type has tokens of its own, or all are verified with those of all', async () => {
    const own = Object.fromEntries(
      ['verification_approved', 'verification_contacted', 'verification_rejected', 'credential_shared', 'email_changed'].map(
        (type) => [type, A],
      ),
    );
    for (const value of [own, { '*': A }]) {
      const { status, stdout } = await on(value, 'list');
      expect([status, stdout.split('\n\n').length, stdout.includes('Verified')]).toEqual([0, 1, false]);
    }
  });

  test('shows what cannot be a token', async () => {
    const { status, stdout } = await on({ '*': [A, '"x"'] }, 'list');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^all +former +3 characters; it has quotation marks around it +\d/m);
    expect(stdout).toMatch(/^all +newest +40 hex digits +\d/m);
  });

  test('shows how to replace a value that it cannot read', async () => {
    const { status, stdout } = await on('{"*":', 'list');
    expect([status, stdout]).toEqual([
      1,
      `The value of the secret can't be read: ${UNREADABLE}. Replace it: npm run oncall -- tokens set all --stack S\n`,
    ]);
    expect(JSON.parse((await run('list --json')).stdout)).toMatchObject({ entries: [], problem: UNREADABLE });
    expect((await run(commandsIn(stdout)[0] ?? '', A)).status).toBe(0);
    expect((await run('list')).status).toBe(0);
  });
});
