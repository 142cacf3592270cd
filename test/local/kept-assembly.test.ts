import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keptAssembly } from '../../local/disk/kept-assembly.ts';

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

test('reuses a synthesis while its sources and settings are unchanged', async () => {
  expect(await reuses()).toBe(false);
  await keep();
  expect(await reuses()).toBe(true);
  expect(await readFile(join(project, 'again/manifest.json'), 'utf8')).toBe('synthesized');
});

test.each<[string, () => Promise<boolean>]>([
  ['other settings', () => reuses({ ...SETTINGS, tracing: false })],
  ['another name', () => reuses(SETTINGS, 'Two')],
  ['a changed source', () => writeFile(join(project, 'infra/constructs/table.ts'), 'another').then(() => reuses())],
  ['a new source', () => writeFile(join(project, 'functions/new.ts'), '').then(() => reuses())],
  ['a deleted source', () => rm(join(project, 'infra/constructs/table.ts')).then(() => reuses())],
  [
    'other packages',
    async () => {
      await mkdir(join(project, 'node_modules'));
      await writeFile(join(project, 'node_modules/.package-lock.json'), '{}');
      return reuses();
    },
  ],
  ['an incomplete cache', () => rm(join(project, '.local/assemblies/One/key')).then(() => reuses())],
])('synthesizes again with %s', async (_, change) => {
  await keep();
  expect(await change()).toBe(false);
});

test('ignores a folder that cannot be written', async () => {
  await writeFile(join(project, '.local'), 'a file in its place');
  await keep();
  expect(await reuses()).toBe(false);
});
