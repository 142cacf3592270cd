import '../../support/as-npm.ts';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, C, startTokens } from '../../support/tokens-command.ts';

let tokens: Awaited<ReturnType<typeof startTokens>>;
let on: typeof tokens.on;
let entries: typeof tokens.entries;

beforeAll(async () => {
  instantWaits();
  tokens = await startTokens();
  ({ on, entries } = tokens);
});

afterAll(() => tokens.stop());

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
