import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { interrupt, keepRunning } from '../../../support/interrupt.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';

const stack = useStackInProcess();
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-import-'));
  file = join(folder, 'dropped.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const lines = (...bodies: unknown[]): string => bodies.map((body) => `${JSON.stringify({ message_id: 'm', body })}\n`).join('');
const importing = async (text: string, ...args: string[]) => {
  await writeFile(file, text);
  return stack.run('dlq', 'import', file, ...args);
};

describe('dlq import', () => {
  test('is a dry run unless --yes', async () => {
    await stack.send('dead', 'a');
    expect(await importing(lines('a', 'b', 'b'))).toEqual({
      status: 0,
      stdout: '2 would be put back; 1 already there. This was a dry run. Add --yes to put them back.\n',
      stderr: '',
    });
    expect(JSON.parse((await importing(lines('a', 'b', 'b'), '--json')).stdout)).toEqual({
      dry_run: true,
      imported: 0,
      of: 2,
      there_already: 1,
      erased: 0,
    });
    expect(await stack.bodies('dead')).toEqual(['a']);
  });

  test('puts back each message as often as it is missing', async () => {
    for (const body of ['a', 'b', 'x']) await stack.send('dead', body);
    const { status, stdout, stderr } = await importing(lines('a', 'b', 'b', 'c'), '--yes');
    expect([status, stdout]).toEqual([0, '2 of 2 put back on the dead-letter queue; 2 already there.\n']);
    expect(stderr).not.toContain('error');
    expect(await stack.bodies('dead')).toEqual(['a', 'b', 'b', 'c', 'x']);
    const again = await importing(lines('a', 'b', 'b', 'c'), '--yes', '--json');
    expect(JSON.parse(again.stdout)).toEqual({ dry_run: false, imported: 0, of: 0, there_already: 4, erased: 0 });
    expect(await stack.bodies('dead')).toHaveLength(5);
  });

  test.each<[string, string, number]>([
    ['text that is no JSON', `${lines('a')}nonsense\n`, 2],
    ['JSON of another kind', `${lines('a', 'b')}\n[]\n`, 4],
    ['an empty body', lines('a', ''), 2],
    ['a body that is no text', lines(7), 1],
  ])('puts nothing back from a file with %s, and names the line', async (_, text, line) => {
    expect(await importing(text, '--yes')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: Line ${line} of ${file} was not written by dlq drop. Nothing was put back.\n`,
    });
    expect(await stack.bodies('dead')).toEqual([]);
  });

  test('reports a file that cannot be read', async () => {
    expect(await stack.run('dlq', 'import', file, '--yes')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${file} can't be read: ENOENT.\n`,
    });
  });

  test('puts nothing back while another reader has received messages, which may be in the file', async () => {
    await stack.send('dead', 'a');
    const giveBack = await stack.hide('dead');
    expect(await importing(lines('a'), '--yes')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        "error: 1 message of the dead-letter queue can't be read now, and may be in this file too. Retry in a few minutes. Nothing was put back.\n",
    });
    await giveBack();
    expect(await importing(lines('a'), '--yes')).toMatchObject({ status: 0 });
    expect(await stack.bodies('dead')).toEqual(['a']);
  });

  test('reports a failure, and completes when it is repeated', async () => {
    let sent = 0;
    stack.intercept(({ action }) =>
      action === 'SendMessage' && ++sent === 2 ? awsError(400, 'AccessDeniedException', 'no') : undefined,
    );
    const { status, stdout, stderr } = await importing(lines('a', 'b', 'c'), '--yes');
    expect(stdout).toBe('1 of 3 put back on the dead-letter queue; 0 already there.\n');
    expect(stderr).toMatch(/\nerror: \S.* Repeat the command: it skips messages that are already there\.\n$/);
    expect(status).toBe(1);
    expect(await importing(lines('a', 'b', 'c'), '--yes')).toMatchObject({
      status: 0,
      stdout: '2 of 2 put back on the dead-letter queue; 1 already there.\n',
    });
    expect(await stack.bodies('dead')).toEqual(['a', 'b', 'c']);
  });

  test('interrupted, puts back no more', async () => {
    keepRunning();
    let sends = 0;
    stack.intercept(({ action }) => {
      if (action === 'SendMessage' && ++sends === 1) interrupt();
      return undefined;
    });
    const { status, stdout, stderr } = await importing(lines('a', 'b', 'c'), '--yes');
    expect(stdout).toMatch(/^1 of 3 put back/);
    expect([status, stderr.includes('error: Interrupted. Repeat the command')]).toEqual([1, true]);
    expect(await stack.bodies('dead')).toEqual(['a']);
  });
});
