import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { anEnvelope } from '../../../support/envelopes.ts';
import { interrupt, keepRunning } from '../../../support/interrupt.ts';
import { anEmailChange, aVerification } from '../../../support/notifications.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { suggestedIn } from '../../../support/terminal.ts';

const stack = useStackInProcess();
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-drop-'));
  file = join(folder, 'dropped.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const drop = (...args: string[]) => stack.run('dlq', 'drop', '--export', file, ...args);
const bury = async (...users: string[]): Promise<string[]> => {
  const bodies = users.map((user) => anEnvelope(aVerification({ user }), { id: user }));
  for (const body of bodies) await stack.send('dead', body);
  return bodies;
};
const HIDDEN = '1 more cannot be read now: another reader has received them. They become visible again within minutes.';

describe('dlq drop', () => {
  test('is a dry run unless --yes, and writes no file', async () => {
    await bury('jane', 'john');
    const { status, stdout, stderr } = await drop('--all');
    expect(stdout).toBe(`2 would be written to ${file}, then deleted. This was a dry run. Add --yes to delete.\n`);
    expect([status, stderr]).toEqual([0, '']);
    const json = await drop('--all', '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      dry_run: true,
      messages: [expect.objectContaining({ id: 'jane' }), expect.objectContaining({ id: 'john' })],
      hidden: 0,
    });
    expect(json.status).toBe(0);
    await expect(stat(file)).rejects.toThrow('ENOENT');
    expect(await stack.bodies('dead')).toHaveLength(2);
  });

  test('without a message to drop says so', async () => {
    for (const yes of [[], ['--yes']]) {
      expect(await drop('--id', 'nothing', ...yes)).toEqual({ status: 0, stdout: 'No messages selected.\n', stderr: '' });
      const json = await drop('--id', 'nothing', '--json', ...yes);
      expect(JSON.parse(json.stdout)).toEqual({ dry_run: yes.length === 0, messages: [], hidden: 0 });
    }
    await bury('jane');
    await stack.hide('dead');
    expect(await drop('--all', '--yes')).toEqual({ status: 1, stdout: `No messages selected.\n${HIDDEN}\n`, stderr: '' });
    expect(JSON.parse((await drop('--all', '--json')).stdout).hidden).toBe(1);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('writes the messages to a file that only the user can read, then deletes them, and says how to put them back', async () => {
    const [jane, john] = await bury('jane', 'john', 'mary');
    const { status, stdout, stderr } = await drop('--all', '--limit', '2', '--yes');
    expect(stderr).not.toContain('error');
    expect(stdout).toMatch(
      /^2 of 2 dropped\. To put them back: npm run oncall -- dlq import \S+dropped\.jsonl --stack-file \S+\n$/,
    );
    expect(status).toBe(0);
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { message_id: expect.stringMatching(/^[\w-]{36}$/), body: jane },
      { message_id: expect.stringMatching(/^[\w-]{36}$/), body: john },
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await stack.bodies('dead')).toHaveLength(1);
    const [back = []] = suggestedIn(stdout);
    expect((await stack.run(...back, '--yes')).stdout).toBe('2 of 2 put back on the dead-letter queue; 0 already there.\n');
    expect(await stack.bodies('dead')).toHaveLength(3);
  });

  test('reports in JSON what it dropped, and where the copies are', async () => {
    await bury('jane');
    expect(JSON.parse((await drop('--all', '--yes', '--json')).stdout)).toEqual({
      dry_run: false,
      dropped: 1,
      of: 1,
      hidden: 0,
      export: file,
    });
  });

  test('masks addresses in what it prints, and keeps them in the file', async () => {
    await stack.send('dead', anEnvelope(anEmailChange('jane', 'jane@example.com')));
    for (const args of [[], ['--json'], ['--json', '--yes']])
      expect((await drop('--all', ...args)).stdout).not.toContain('jane@');
    expect(await readFile(file, 'utf8')).toContain('jane@example.com');
  });

  test('overwrites no file, and deletes nothing then', async () => {
    await bury('jane');
    await drop('--all', '--yes');
    const before = await readFile(file, 'utf8');
    await bury('john');
    expect(await drop('--all', '--yes')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${file} already exists. Choose another file with --export. Nothing was deleted.\n`,
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await stack.bodies('dead')).toHaveLength(1);
  });

  test('deletes nothing if the file cannot be written', async () => {
    await bury('jane');
    const missing = join(folder, 'missing', 'dropped.jsonl');
    expect(await stack.run('dlq', 'drop', '--all', '--yes', '--export', missing)).toMatchObject({
      status: 2,
      stderr: `error: ${missing} can't be written (ENOENT). Choose another file with --export. Nothing was deleted.\n`,
    });
    expect(await stack.bodies('dead')).toHaveLength(1);
  });

  test('reports messages that it could not delete or read, with exit status 1', async () => {
    await bury('hidden');
    await stack.hide('dead');
    await bury('jane');
    expect(await drop('--id', 'jane')).toMatchObject({ status: 0 });
    const dry = await drop('--all');
    expect([dry.status, dry.stdout.endsWith(`Add --yes to delete.\n${HIDDEN}\n`)]).toEqual([1, true]);
    const json = await drop('--all', '--json');
    expect([json.status, JSON.parse(json.stdout).hidden]).toEqual([1, 1]);
    stack.intercept(({ action }) => (action === 'DeleteMessage' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    const { status, stdout, stderr } = await drop('--all', '--yes');
    expect(stdout).toMatch(new RegExp(`^0 of 1 dropped\\..*\\n${HIDDEN}\\n$`));
    expect(stderr).toMatch(/\nerror: \S.*\n$/);
    expect(status).toBe(1);
    expect(await stack.bodies('dead')).toHaveLength(1);
    stack.intercept(() => undefined);
    await rm(file);
    expect(await drop('--all', '--yes')).toMatchObject({ status: 1, stdout: expect.stringMatching(/^1 of 1 dropped/) });
  });

  test('fails if it could not delete a message, though it has read all', async () => {
    await bury('jane');
    stack.intercept(({ action }) => (action === 'DeleteMessage' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    expect((await drop('--all', '--yes')).status).toBe(1);
  });

  test('interrupted, deletes no more, and hides nothing', async () => {
    const exits = keepRunning();
    await bury(...Array.from({ length: 30 }, (_, index) => `user${index}`));
    let deletions = 0;
    stack.intercept(({ action }) => {
      if (action === 'DeleteMessage' && ++deletions === 1) interrupt();
      return undefined;
    });
    const { status, stdout, stderr } = await drop('--all', '--yes');
    const [, dropped = ''] = /^(\d+) of 30 dropped/.exec(stdout) ?? [];
    expect(Number(dropped)).toBeLessThanOrEqual(8);
    expect(stderr).toContain('error: Interrupted.');
    expect([status, exits]).toEqual([1, [130]]);
    expect((await stack.bodies('dead')).length + Number(dropped)).toBe(30);
  });

  describe('in a terminal', () => {
    const answered = async (answer: string, meanwhile = () => {}) => {
      const stdin = Object.assign(new PassThrough(), { isTTY: true });
      const [before, { isTTY }] = [Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor, process.stderr];
      Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
      Object.assign(process.stderr, { isTTY: true });
      try {
        const running = drop('--all');
        const asked = new Promise<void>((resolve) => stdin.once('resume', resolve));
        await asked;
        meanwhile();
        stdin.write(`${answer}\n`);
        return await running;
      } finally {
        Object.defineProperty(process, 'stdin', before);
        Object.assign(process.stderr, { isTTY });
      }
    };

    test('asks for the number of messages, and deletes nothing without it', async () => {
      await bury('jane', 'john');
      expect((await answered('yes')).stdout).toMatch(/This was a dry run\. Add --yes to delete\.\n$/);
      expect(await stack.bodies('dead')).toHaveLength(2);
      const { stderr, stdout } = await answered('2');
      expect(stderr).toContain('This deletes 2 messages for good. Type 2 to confirm');
      expect(stdout).toMatch(/^2 of 2 dropped/);
      expect(await stack.bodies('dead')).toEqual([]);
    });

    test('writes and deletes nothing if the answer came after others may have received the messages', async () => {
      await bury('jane');
      const later = Date.now() + 310_000;
      const { status, stderr } = await answered('1', () => void jest.spyOn(Date, 'now').mockReturnValue(later));
      expect(stderr).toContain('This took longer than 301 s, and others may have received the messages. Repeat it.');
      expect(status).toBe(2);
      await expect(stat(file)).rejects.toThrow('ENOENT');
    });
  });

  test.each([
    [250, 303],
    [300, 303],
    [10_000_000, 43_200],
  ])('holds %i messages for %i seconds', async (count, seconds) => {
    expect(await stack.heldFor(count, () => drop('--all'))).toEqual([seconds]);
  });

  test('keeps the copies in a file whose name needs quotes, and suggests a command that works', async () => {
    await bury('jane');
    file = join(folder, "it's one.jsonl");
    const { stdout } = await drop('--all', '--yes');
    const [, word = ''] = /dlq import ('.*') --stack-file/.exec(stdout) ?? [];
    expect(word).toBe(`'${folder}/it'\\''s one.jsonl'`);
  });
});
