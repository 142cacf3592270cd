import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const FOLDER = resolve(import.meta.dirname, '../../.github/workflows');
const run = promisify(execFile);

describe('the workflows', () => {
  test.each(readdirSync(FOLDER))('%s is valid by the schema of GitHub', async (file) => {
    await run('check-jsonschema', ['--builtin-schema', 'vendor.github-workflows', join(FOLDER, file)]);
  });

  test('and the configuration of Dependabot is valid by its schema', async () => {
    await run('check-jsonschema', ['--builtin-schema', 'vendor.dependabot', join(FOLDER, '../dependabot.yml')]);
  });

  test('have no findings of zizmor: actions are pinned by digest, permissions and credentials are safe', async () => {
    const { stdout } = await run('zizmor', [
      '--offline',
      '--no-progress',
      '--min-severity',
      'medium',
      '--format',
      'json',
      FOLDER,
    ]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
