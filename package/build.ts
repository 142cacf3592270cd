import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { bundle as bundleFunction } from '../infra/bundle.ts';
import { bundle as bundleCommandLine } from '../oncall/bundle.js';
import { BUNDLE } from '../oncall/bundled.cjs';
import { writeCloudFormation } from './cloudformation.ts';
import { writeDeclarations } from './declarations.ts';
import { licensesOf } from './licenses.ts';
import { manifestOf, readScope } from './manifest.ts';
import { buildModules, bundledPackages } from './modules.ts';
import { writePages } from './pages.ts';
import { writeTerraform } from './terraform.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const PACKAGE = join(PROJECT, 'dist/package');
const FUNCTIONS = (await readdir(join(PROJECT, 'functions')))
  .map((name) => `functions/${name}/index.ts`)
  .filter((entry) => existsSync(join(PROJECT, entry)));

const manifest = manifestOf(readScope(process.env));

await bundleCommandLine();
console.log(`Command line: ${relative('', BUNDLE)}`);

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
for (const file of ['LICENSE', 'CHANGELOG.md']) await copy(file);
await writePages(PROJECT, PACKAGE, (text) => text.replaceAll(manifestOf(undefined).name, manifest.name));
await copy('local/console/page', 'local/page');
for (const name of ['uPlot.esm.js', 'uPlot.min.css']) await copy(`node_modules/uplot/dist/${name}`, `local/page/${name}`);
await copy('package/local.cjs', 'local/packaged.cjs');
const thirdParty = await licensesOf(PROJECT, await bundledPackages(FUNCTIONS));
await writeFile(join(PACKAGE, 'THIRD-PARTY-LICENSES.txt'), thirdParty);
await writeFile(join(PACKAGE, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
console.log(`Package: ${relative('', PACKAGE)} (to pack it: npm pack --silent ./${relative('', PACKAGE)})`);

const [CLOUDFORMATION, TERRAFORM] = [join(PROJECT, 'dist/cloudformation'), join(PROJECT, 'dist/terraform')];
await writeTerraform(TERRAFORM, await writeCloudFormation(CLOUDFORMATION), CLOUDFORMATION);
// They contain third-party code, and are handed over without the package.
for (const folder of [CLOUDFORMATION, TERRAFORM]) {
  await cp(join(PROJECT, 'LICENSE'), join(folder, 'LICENSE'));
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), thirdParty);
}
console.log(
  `Without the CDK: ${relative('', CLOUDFORMATION)}, and as a module: ${relative('', TERRAFORM)} (see docs/without-the-cdk.md)`,
);

if (manifest.private) {
  console.log(
    'The package is marked private: npm packs it, but refuses to publish it. To publish it, build it with a scope that you own at the registry: PACKAGE_SCOPE=@SCOPE npm run build',
  );
}
