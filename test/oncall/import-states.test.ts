import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  stack = await runStack();
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-states-'));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

const importing = async (lines: readonly string[], ...options: string[]) => {
  const file = join(folder, `${randomUUID()}.jsonl`);
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return callCommand(['import-states', file, ...options, '--stack-file', stack.stackFile]);
};

const [OLD, KNOWN, NEW] = ['2024-05-06T07:08:09Z', '2024-05-07T07:08:09Z', '2024-05-08T07:08:09Z'];
const anAddress = (user: string, email: string, receivedAt: string) =>
  JSON.stringify({ ...JSON.parse(anEmailChange(user, email)), received_at: receivedAt });

describe('the page about moving in', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/moving-in.md'), 'utf8');

  test('shows lines that are imported', async () => {
    const [, lines = ''] = /```json\n([\s\S]*?)\n```/.exec(page) ?? [];
    expect((await importing(lines.split('\n'))).stdout).toMatch(/^3 would be applied/m);
  });

  test('shows how a delivery is passed on, so that it is accepted', async () => {
    const [, example = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
    const code = example.replace('https://WEBHOOK_URL', stack.webhookUrl).replace('const forward =', 'return');
    const forward = new Function(code)() as (body: Buffer, request: { headers: Record<string, string> }) => Promise<Response>;
    const body = aVerification();
    const { status } = await forward(Buffer.from(body), { headers: { 'x-fractal-signature': signed(body) } });
    expect(status).toBe(202);
  });
});

describe('import-states', () => {
  test('in a dry run shows the outcome of each line, and changes nothing', async () => {
    const [user, other] = [randomUUID(), randomUUID()];
    await stack.deliver(aVerification({ user, level: 'basic', timestamp: KNOWN }));
    await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
    const { status, stdout, stderr } = await importing([
      aVerification({ user, level: 'basic', timestamp: OLD }),
      aVerification({ user: other, level: 'basic', timestamp: OLD }),
      aVerification({ user: other, level: 'basic', timestamp: NEW }),
      aVerification({ user, level: 'plus', timestamp: KNOWN }),
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      `line 1: USER#${user} LEVEL#basic: older than the table
line 3: USER#${other} LEVEL#basic: would be applied
line 4: USER#${user} LEVEL#plus: would be applied
2 would be applied, 0 already in the table, 1 older than the table.
1 skipped: the file has something newer.
This was a dry run. Add --yes to write to the table.
`,
    );
    expect(await stack.item(`USER#${user}`, 'LEVEL#plus')).toBeUndefined();
  });

  test('applies by the rule of the table, and counts repeated lines as already in the table', async () => {
    const [user, human] = [randomUUID(), randomUUID()];
    const shared = { idos_human_id: human, credential_id: 'c', shared_at: KNOWN };
    const lines = [
      aVerification({ user, level: 'basic', timestamp: KNOWN }),
      anAddress(user, 'jon@example.com', KNOWN),
      JSON.stringify({ type: 'credential_shared', data: shared }),
    ];
    const { status, stdout } = await importing(lines, '--yes');
    expect([status, stdout]).toEqual([0, '3 applied, 0 already in the table, 0 older than the table.\n']);
    expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved', timestamp: KNOWN });
    expect(await stack.item(`USER#${user}`, 'EMAIL')).toMatchObject({ email: 'jon@example.com', as_of: Date.parse(KNOWN) });
    expect(await stack.item(`HUMAN#${human}`, 'CREDENTIAL#c')).toMatchObject({ shared_at: KNOWN });
    expect((await importing(lines, '--yes')).stdout).toMatch(/^0 applied, 3 already in the table, 0 older/);
    const older = [aVerification({ user, level: 'basic', timestamp: OLD, status: 'rejected' })];
    expect((await importing(older, '--yes')).stdout).toMatch(/^0 applied, 0 already in the table, 1 older/);
    expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toMatchObject({ status: 'approved', timestamp: KNOWN });
  });

  test('records each line with its source, so that the history gives the table', async () => {
    const user = randomUUID();
    const lines = [aVerification({ user, level: 'plus', timestamp: KNOWN }), anAddress(user, 'jon@example.com', KNOWN)];
    await importing(lines, '--yes');
    await eventually(async () => {
      const run = (...args: string[]) => callCommand(['history', ...args, '--stack-file', stack.stackFile]);
      const records = (await run(user, '--json')).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(records.map(({ type, source, outcome }) => [type, source, outcome]).sort()).toEqual([
        ['email_changed', 'import', 'applied'],
        ['verification_approved', 'import', 'applied'],
      ]);
      expect((await run('verify', '--user', user)).status).toBe(0);
    });
  });

  test('publishes an event for each, as for a delivery', async () => {
    const user = randomUUID();
    await importing([aVerification({ user, level: 'plus', timestamp: KNOWN })], '--yes');
    await eventually(async () => {
      const events = await stack.view<{ detail: { user_id: string } }[]>('events');
      expect(events.filter(({ detail }) => detail.user_id === user)).toMatchObject([{ 'detail-type': 'verification_approved' }]);
    });
  });

  test('reports lines that it does not understand, and applies the rest', async () => {
    const user = randomUUID();
    const lines = [
      'nonsense',
      '{"type":"verification_paused","data":{}}',
      anEmailChange(user, 'jon@example.com'),
      anAddress(user, 'jon@example.com', 1_795_600_000_000 as never),
      aVerification({ user, level: 'basic' }),
    ];
    const { status, stdout } = await importing(lines, '--yes');
    expect(status).toBe(1);
    expect(stdout).toBe(
      `line 1: not_json
line 2: unknown_type: verification_paused
line 3: missing_field: received_at, the time when you received it
line 4: wrong_field: received_at must be text such as "1970-01-01T00:00:00Z" (RFC 3339)
1 applied, 0 already in the table, 0 older than the table.
4 skipped: see the lines above.
`,
    );
    expect(stdout).not.toContain('jon@example.com');
  });

  test('says what is wrong with a time, and never that it is missing', async () => {
    const lines = ['2024-05-06 07:08:09+00', '2024-02-30T00:00:00Z', ''].map((at) =>
      anAddress(randomUUID(), 'a@example.com', at),
    );
    const without = anAddress(randomUUID(), 'a@example.com', null as never);
    expect((await importing([...lines, without])).stdout.split('\n').slice(0, 4)).toEqual([
      ...[1, 2, 3].map((line) => `line ${line}: wrong_field: received_at must be text such as "1970-01-01T00:00:00Z" (RFC 3339)`),
      'line 4: missing_field: received_at, the time when you received it',
    ]);
  });

  test('does not merge two users of a file in Latin-1', async () => {
    const file = join(folder, 'latin-1.jsonl');
    const lines = ['J\xfcrgen', 'J\xf6rgen'].map((user) => `${aVerification({ user })}\n`).join('');
    await writeFile(file, Buffer.from(lines, 'latin1'));
    const { status, stdout } = await callCommand(['import-states', file, '--stack-file', stack.stackFile]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^line 1: not_utf8: convert the file, for example with iconv -t UTF-8\nline 2: not_utf8/);
  });

  test('counts repeated lines, shows problems apart from outcomes, and reads lines of any length in any chunks', async () => {
    const [first = '', ...lines] = Array.from({ length: 30 }, () => aVerification({ user: randomUUID() }));
    const odd = Array.from({ length: 12 }, () => 'nonsense');
    const long = aVerification({ user: `u${'x'.repeat(200_000)}` });
    const { stdout } = await importing([`\uFEFF${first}`, ...lines, first, '', ...odd, long]);
    expect(stdout).toMatch(/^… and 3 more lines that are skipped: --json lists all of them\.$/m);
    expect(stdout).toMatch(/^… and 20 more: --json lists all of them\.$/m);
    expect(stdout).toMatch(
      /^30 would be applied, .*\n1 skipped: the file has the same more than once\.\n13 skipped: see the lines above\.$/m,
    );
  });

  test('says why a file cannot be read', async () => {
    const { status, stderr } = await callCommand(['import-states', folder, '--stack-file', stack.stackFile]);
    expect([status, stderr]).toEqual([2, `error: ${folder} can't be read: EISDIR.\n`]);
  });

  test('reports lines whose item cannot be compared, and applies the rest', async () => {
    const [edited, other] = [randomUUID(), randomUUID()];
    await stack.putItem({ pk: `USER#${edited}`, sk: 'LEVEL#basic', as_of: 'yesterday' });
    const lines = [aVerification({ user: edited, level: 'basic' }), aVerification({ user: other, level: 'basic' })];
    for (const [args, verb] of [
      [[], 'would be applied'],
      [['--yes'], 'applied'],
    ] as const) {
      const { status, stdout } = await importing(lines, ...args);
      expect([status, stdout]).toEqual([1, expect.stringMatching(/^line 1: the as_of of the item is not a number$/m)]);
      expect(stdout).toContain(`1 ${verb}, 0 already`);
      expect(stdout).toContain('1 skipped: see the lines above.');
    }
  });

  test('prints each state as JSON, without e-mail addresses', async () => {
    const user = randomUUID();
    const { stdout } = await importing([anAddress(user, 'jon@example.com', KNOWN), 'nonsense'], '--json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { line: 2, problem: 'not_json' },
      { line: 1, pk: `USER#${user}`, sk: 'EMAIL', outcome: 'applied', dry_run: true },
    ]);
  });

  test('reports that a line could not be written, and counts those that were', async () => {
    const lines = Array.from({ length: 30 }, () => aVerification({ level: 'basic' }));
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'denied' }]);
    const { status, stdout, stderr } = await importing(lines, '--yes');
    await stack.setFaults([]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^0 applied/);
    expect(stderr).toMatch(
      /error: 30 messages are on the queue, and apply has written nothing for 30 s\. See why: .* doctor .*\nRepeat the command: what was applied counts as already in the table\.\n$/s,
    );
    // Those that failed five times are dead letters; those that wait are applied now.
    expect((await importing(lines, '--yes')).stdout).toMatch(/^\d+ applied, \d+ already in the table, 0 older/);
    const items = await Promise.all(lines.map((line) => stack.item(`USER#${JSON.parse(line).data.user_id}`, 'LEVEL#basic')));
    expect(items.filter(Boolean)).toHaveLength(30);
  });

  test('reports a missing file', async () => {
    const { status, stderr } = await callCommand(['import-states', 'nowhere', '--stack-file', stack.stackFile]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("nowhere can't be read: ENOENT.")]);
  });
});
