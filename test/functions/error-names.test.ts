import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { bundle } from '../../infra/bundle.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-errors-'));

afterAll(() => rmSync(folder, { recursive: true }));

const CLASSES = globSync('functions/**/*.ts', { cwd: PROJECT }).flatMap((file) =>
  [...readFileSync(join(PROJECT, file), 'utf8').matchAll(/class (\w+) extends (?:Error|Problem)/g)].map(
    ([, name = '']) => [name, file] as const,
  ),
);

/** Lambda's runtime logs an error with the name of its class, or with its own: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client */
test.each(CLASSES)('the class %s of %s has its name in a bundle', async (name, file) => {
  bundle(join(PROJECT, file), join(folder, name));
  const { [name]: found } = await import(join(folder, name, 'index.mjs'));
  const error = new found('message');
  expect([found.name, error.constructor.name, error.name]).toEqual([name, name, name]);
  expect(error).toBeInstanceOf(Error);
});

test('all classes of errors are found', () => {
  expect(CLASSES.map(([name]) => name).sort()).toEqual(['AskError', 'Problem', 'Unavailable']);
});
