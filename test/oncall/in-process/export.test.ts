import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startHistory } from '../../../functions/history-start.ts';
import { anEmailChange, aResult, aVerification } from '../../support/notifications.ts';
import { NOON, receiving } from '../../support/receiving.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';

const stack = useStackInProcess();
const receive = receiving(stack);
const exported = (...args: string[]) => stack.run('export', ...args);
const rowsOf = (text: string) => text.trim().split('\n').slice(1).sort();

let folder: string;
let files = 0;
const newFile = () => {
  files += 1;
  return join(folder, `export-${files}`);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-export-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => stack.writeStackFile({ HistoryTableName: stack.historyTableName }));

const users = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

describe('export', () => {
  beforeEach(async () => {
    await receive(aVerification({ user: 'jane', level: 'plus', status: 'rejected', timestamp: '2026-10-08T00:00:00Z' }), 1);
    await receive(aVerification({ user: 'jane', level: 'plus', timestamp: '2026-10-09T00:00:00Z' }), 60);
    await receive(aVerification({ user: 'john', level: 'plus', timestamp: '2026-10-01T00:00:00Z' }), 2);
    await receive(aVerification({ user: 'john', level: 'basic', status: 'contacted', timestamp: '2026-10-01T00:00:00Z' }), 3);
    await receive(aResult('kim', 'approved'), 4);
    await receive(anEmailChange('john', 'john@example.com'), 5);
    await receive(aVerification({ user: 'doctor-1', level: 'plus' }), 6);
    await stack.put({ pk: 'USER#jane', sk: 'OURS', level: 'plus', status: 'approved', as_of: 1 });
  });

  test('lists the states of all levels as CSV, and nothing of an address, a test user or a team', async () => {
    const { status, stdout, stderr } = await exported();
    expect([status, stderr]).toEqual([0, '4 states.\n']);
    expect(stdout).toMatch(/^user_id,level,status,timestamp\n/);
    expect(rowsOf(stdout)).toEqual([
      'jane,plus,approved,2026-10-09T00:00:00Z',
      'john,basic,contacted,2026-10-01T00:00:00Z',
      'john,plus,approved,2026-10-01T00:00:00Z',
      'kim,kraken,approved,2026-10-09T12:00:04Z',
    ]);
  });

  test.each([
    [
      ['--level', 'plus'],
      ['jane', 'john'],
    ],
    [
      ['--status', 'approved'],
      ['jane', 'john', 'kim'],
    ],
    [['--level', 'plus', '--status', 'rejected'], []],
    [['--approved-before', '2026-10-05'], ['john']],
    [
      ['--approved-before', '2026-10-10'],
      ['jane', 'john', 'kim'],
    ],
  ])('%j: %j', async (args, expected) => {
    const { status, stdout } = await exported(...args, '--format', 'jsonl');
    const rows =
      stdout.trim() === ''
        ? []
        : stdout
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).user_id);
    expect([status, rows.sort()]).toEqual([expected.length > 0 ? 0 : 1, expected]);
  });

  test('lists what had been received by a time', async () => {
    await startHistory(stack.dynamodb, stack.historyTableName, NOON);
    const by = (time: string, ...args: string[]) => exported('--level', 'plus', '--as-of', time, ...args);
    expect(rowsOf((await by('2026-10-09T12:00:30Z', '--status', 'rejected')).stdout)).toEqual([
      'jane,plus,rejected,2026-10-08T00:00:00Z',
    ]);
    expect(rowsOf((await by('2026-10-09', '--status', 'approved')).stdout)).toHaveLength(2);
    expect((await by('2026-10-08')).stderr).toMatch(/^error: The history is complete since /);
  });

  test('a spreadsheet runs no formula of a user', async () => {
    for (const user of ['=HYPERLINK("http://x")', '+1', '@SUM(1)', '-2', 'a,"b"'])
      await receive(aVerification({ user, level: 'x' }), 9);
    expect(rowsOf((await exported('--level', 'x')).stdout).map((row) => row.replace(/,x,approved.*/, ''))).toEqual([
      '"\'=HYPERLINK(""http://x"")"',
      '"a,""b"""',
      "'+1",
      "'-2",
      "'@SUM(1)",
    ]);
  });

  test('--user writes all items and deliveries of a person', async () => {
    const file = newFile();
    expect((await exported('--user', 'john', '--out', file)).status).toBe(0);
    const { items, deliveries } = JSON.parse(await readFile(file, 'utf8'));
    expect(items.map(({ sk }: { sk: string }) => sk)).toEqual(['EMAIL', 'LEVEL#basic', 'LEVEL#plus']);
    expect(deliveries.map(({ body }: { body: string }) => body)).toContain(anEmailChange('john', 'john@example.com'));
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await exported('--user', 'john', '--out', file)).toMatchObject({ status: 2, stderr: expect.stringMatching(/EEXIST/) });
    const { status, stdout } = await exported('--user', 'nobody');
    expect([status, JSON.parse(stdout)]).toEqual([1, { exported_at: expect.any(String), items: [], deliveries: [] }]);
  });
});

describe('export --out', () => {
  /** Reads pages of three items, and loses the connection before the given page. */
  const smallPages = (lostBefore = Number.POSITIVE_INFINITY): { pages: number } => {
    const seen = { pages: 0 };
    stack.intercept((call) => {
      if (call.action !== 'Scan') return undefined;
      seen.pages += 1;
      if (seen.pages >= lostBefore)
        return { status: 400, headers: {}, body: '{"__type":"AccessDeniedException","message":"no"}' };
      return stack.forward({ ...call, body: Buffer.from(JSON.stringify({ ...JSON.parse(call.body.toString()), Limit: 3 })) });
    });
    return seen;
  };

  beforeEach(async () => {
    for (const user of users(30)) {
      await stack.put({
        pk: `USER#${user}`,
        sk: 'LEVEL#basic',
        user_id: user,
        level: 'basic',
        status: 'approved',
        timestamp: 'any',
        as_of: 1,
      });
    }
  });

  test('continues an export that was interrupted, with each row once', async () => {
    const file = newFile();
    smallPages(7);
    expect((await exported('--out', file)).status).toBe(2);
    const begun = rowsOf(await readFile(file, 'utf8')).length;
    expect(begun).toBeGreaterThan(0);
    // What was written after the last saved position is written again.
    await writeFile(file, 'torn', { flag: 'a' });
    expect(await exported('--out', file, '--status', 'approved')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: .* has the start of another export\. Repeat that command to finish it, or delete /),
    });
    const { pages } = smallPages();
    expect(pages).toBe(0);
    expect(await exported('--out', file)).toMatchObject({ status: 0, stdout: '', stderr: `30 states in ${file}.\n` });
    expect(rowsOf(await readFile(file, 'utf8'))).toEqual(
      users(30)
        .map((user) => `${user},basic,approved,any`)
        .sort(),
    );
    expect((await readdir(folder)).filter((name) => name.includes('resume'))).toEqual([]);
  });

  test('overwrites no file', async () => {
    const file = newFile();
    await writeFile(file, 'precious');
    expect(await exported('--out', file)).toMatchObject({ status: 2, stderr: `error: ${file} exists. Choose another file.\n` });
    expect(await exported('--out', join(folder, 'none', 'x'))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: The file can't be written: ENOENT/),
    });
    expect(await readFile(file, 'utf8')).toBe('precious');
  });
});
