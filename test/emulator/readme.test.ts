import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const PROJECT = resolve(import.meta.dirname, '../..');

test("the README's example runs a template that has nothing to do with this project", async () => {
  const readme = await readFile(join(PROJECT, 'emulator/README.md'), 'utf8');
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  // Below the project, whose packages it imports.
  await mkdir(join(PROJECT, '.local'), { recursive: true });
  const folder = await mkdtemp(join(PROJECT, '.local/readme-'));
  const file = join(folder, 'example.ts');
  try {
    await writeFile(file, example.replace("'./index.ts'", "'../../emulator/index.ts'"));
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
    expect(stdout).toMatch(/"source":"shop".*"detail":\{"item":"tea"\}/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
