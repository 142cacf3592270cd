import '../../support/as-npm.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseJson } from '../../../functions/core/json.ts';
import { awsAnswer } from '../../../local/endpoint/request.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, commandsIn, D, startTokens } from '../../support/tokens-command.ts';

const UNREADABLE =
  'the secret is neither a bare token nor JSON that maps types, or "*", to a token or a list of tokens, none of them empty';

let tokens: Awaited<ReturnType<typeof startTokens>>;
let on: typeof tokens.on;
let run: typeof tokens.run;
let clock: ReturnType<typeof instantWaits>;

beforeAll(async () => {
  clock = instantWaits();
  tokens = await startTokens();
  ({ on, run } = tokens);
});

afterAll(() => tokens.stop());

describe('tokens list', () => {
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
      'Verified with the tokens of all: verification_approved, verification_contacted, verification_rejected, credential_shared.',
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
