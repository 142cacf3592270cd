import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { bundle as bundleFunction } from '../infra/bundle.ts';
import { bundle as bundleCommandLine } from '../oncall/bundle.js';
import { BUNDLE } from '../oncall/bundled.cjs';
import { writeDeclarations } from './declarations.ts';
import { licensesOf } from './licenses.ts';
import { MANIFEST } from './manifest.ts';
import { buildModules, bundledPackages } from './modules.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const PACKAGE = join(PROJECT, 'dist/package');
const FUNCTIONS = ['ingest', 'apply', 'publish', 'release-check', 'dead-letters'].map((name) => `functions/${name}/index.ts`);

await bundleCommandLine();
console.log(`The command line, as one file: ${relative('', BUNDLE)}`);

await rm(PACKAGE, { recursive: true, force: true });
for (const entry of FUNCTIONS) bundleFunction(join(PROJECT, entry), join(PACKAGE, entry, '..'));
await Promise.all([buildModules(PACKAGE), writeDeclarations(PACKAGE)]);

const copy = (from: string, to = from): Promise<void> => cp(join(PROJECT, from), join(PACKAGE, to), { recursive: true });
await mkdir(join(PACKAGE, 'schemas'));
for (const folder of ['reader/items', 'reader/events']) {
  for (const file of await readdir(join(PROJECT, folder))) {
    if (file.endsWith('.schema.json')) await copy(join(folder, file), join('schemas', file));
  }
}
await copy(relative(PROJECT, BUNDLE), 'bin/fractal-webhooks.cjs');
for (const file of ['LICENSE', 'CHANGELOG.md', 'oncall/RUNBOOK.md']) await copy(file);
await copy('docs/in-your-app.md', 'README.md');
await copy('package/local.cjs', 'local/packaged.cjs');
await writeFile(join(PACKAGE, 'THIRD-PARTY-LICENSES.txt'), await licensesOf(PROJECT, await bundledPackages(FUNCTIONS)));
await writeFile(join(PACKAGE, 'package.json'), `${JSON.stringify(MANIFEST, undefined, 2)}\n`);
console.log(`The package: ${relative('', PACKAGE)} (npm pack ./${relative('', PACKAGE)})`);
