import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keptAssembly } from '../../local/template/kept-assembly.ts';

let project: string;
let outdir: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'fractal-webhooks-kept-'));
  outdir = join(project, 'out');
  for (const folder of ['infra/constructs', 'functions', 'out']) await mkdir(join(project, folder), { recursive: true });
  await writeFile(join(project, 'infra/constructs/table.ts'), 'a table');
  await writeFile(join(outdir, 'manifest.json'), 'synthesized');
});

afterEach(() => rm(project, { recursive: true }));

const SETTINGS = { stage: 'prod' };
const reuses = async (settings: Readonly<Record<string, unknown>> = SETTINGS, name = 'One'): Promise<boolean> =>
  (await keptAssembly(name, settings, project)).reuse(join(project, 'again'));

const keep = async () => (await keptAssembly('One', SETTINGS, project)).keep(outdir);

test('a synthesis is reused while its sources and settings are the same', async () => {
  expect(await reuses()).toBe(false);
  await keep();
  expect(await reuses()).toBe(true);
  expect(await readFile(join(project, 'again/manifest.json'), 'utf8')).toBe('synthesized');
});

test.each<[string, () => Promise<boolean>]>([
  ['other settings', () => reuses({ ...SETTINGS, tracing: false })],
  ['another name', () => reuses(SETTINGS, 'Two')],
  ['a source that was changed', () => writeFile(join(project, 'infra/constructs/table.ts'), 'another').then(() => reuses())],
  ['a source that is new', () => writeFile(join(project, 'functions/new.ts'), '').then(() => reuses())],
  ['a source that is gone', () => rm(join(project, 'infra/constructs/table.ts')).then(() => reuses())],
  [
    'other packages',
    async () => {
      await mkdir(join(project, 'node_modules'));
      await writeFile(join(project, 'node_modules/.package-lock.json'), '{}');
      return reuses();
    },
  ],
  ['one that is half removed', () => rm(join(project, '.local/assemblies/One/key')).then(() => reuses())],
])('with %s it is synthesized again', async (_, change) => {
  await keep();
  expect(await change()).toBe(false);
});

test('a folder that can not be written only means that nothing is kept', async () => {
  await writeFile(join(project, '.local'), 'a file in its place');
  await keep();
  expect(await reuses()).toBe(false);
});
