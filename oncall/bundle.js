import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { DECIDING_FILES, RELEASE } from '../functions/release.ts';
import { BUNDLE, DIST, SOURCES, versionOf } from './bundled.cjs';

const PROJECT = resolve(import.meta.dirname, '..');
const HEAD = `#!/usr/bin/env node
if (Number.parseInt(process.versions.node, 10) < 22) {
  console.error(\`fractal-webhooks needs Node 22 or later, and this is Node \${process.versions.node}.\`);
  process.exit(2);
}`;

// Each part is a comment after the code: V8 loads it in a tenth of the time of a string or a function.
const PART = `const part = (name) => {
  const { readFileSync } = require('node:fs');
  const { compileFunction, constants } = require('node:vm');
  const file = readFileSync(__filename);
  const from = file.indexOf('\\n//' + name + ' ') + name.length + 4;
  const code = JSON.parse(file.toString('latin1', from, file.indexOf('\\n', from)));
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const names = ['module', 'exports', 'require', '__dirname', 'part'];
  const module = { exports: {} };
  compileFunction(code, names, { filename: name, importModuleDynamically })(module, module.exports, require, __dirname, part);
  return module.exports;
};`;

/**
 * Bundles the command line into one file that needs only Node 22 or later. Each dynamic import is a separate part of the
 * file, so that a command loads only its own dependencies.
 *
 * esbuild can't do this on its own. The median of `status` without its calls, in turns with `node -e 0` (27 ms): 94 ms for this
 * file, and 134 ms for esbuild's; 81 ms for the parts in the project, and 92 ms for esbuild's code splitting, with Node's compile
 * cache.
 */
export const bundle = async () => {
  const { build } = await import('esbuild');
  const own = new Set(['oncall/bundle.js', 'oncall/bundled.cjs', 'functions/release.ts', 'node_modules/.package-lock.json']);
  for (const file of DECIDING_FILES) own.add(relative(PROJECT, file).replaceAll(sep, '/'));
  const parts = new Map();
  const built = async (entry) => {
    const { outputFiles, metafile } = await build({
      entryPoints: [entry],
      absWorkingDir: PROJECT,
      bundle: true,
      minify: true,
      // An ES module would load all its imports from Node before its first line runs.
      format: 'cjs',
      define: { 'import.meta.dirname': '__dirname' },
      platform: 'node',
      target: 'node22',
      mainFields: ['module', 'main'],
      alias: { 'node:http': resolve(PROJECT, 'functions/plain-http.ts') },
      legalComments: 'none',
      write: false,
      metafile: true,
      plugins: [bakedRelease, leavingOut(parts)],
    });
    // The lock file of npm covers the packages.
    for (const file of Object.keys(metafile.inputs)) if (/^\w+\//.test(file) && !file.startsWith('node_modules/')) own.add(file);
    return outputFiles[0].text;
  };
  const main = await built('oncall/index.ts');
  // Parts may add further parts.
  for (const entry of parts.keys()) parts.set(entry, await built(entry));
  // In the same order in each build.
  const sorted = [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const sources = Object.fromEntries([...own].map((file) => [file, versionOf(file)]));
  mkdirSync(DIST, { recursive: true });
  replace(join(DIST, 'part.cjs'), "module.exports = (name) => require(`./${name.replaceAll(/\\W+/g, '-')}.cjs`);");
  for (const [name, code] of [['index', main], ...sorted]) {
    replace(join(DIST, `${name.replaceAll(/\W+/g, '-')}.cjs`), `const part = require('./part.cjs');\n${code}`);
  }
  const behind = sorted.map(([name, code]) => `//${name} ${inAscii(JSON.stringify(code))}\n`);
  replace(BUNDLE, `${HEAD}\n${PART}\n${main}\n${behind.join('')}`);
  replace(SOURCES, JSON.stringify(sources));
};

// A single non-ASCII character doubles the memory that Node needs for the file.
const inAscii = (json) =>
  json.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Replaces the code that computes the release, which reads the sources. */
export const bakedRelease = {
  name: 'release',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]functions[\\/]release\.ts$/ }, () => ({
      contents: `export const RELEASE = ${JSON.stringify(RELEASE)};`,
    }));
  },
};

const FOUND = Symbol('found');

/** Collects dynamic imports in `parts`, and leaves them out of the bundle. */
const leavingOut = (parts) => ({
  name: 'parts',
  setup: ({ resolve: find, onResolve, onLoad }) => {
    onResolve({ filter: /./ }, async ({ kind, path, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === FOUND) return undefined;
      const found = await find(path, { kind, resolveDir, pluginData: FOUND });
      if (found.external || found.errors.length > 0) return found;
      const entry = relative(PROJECT, found.path).replaceAll(sep, '/');
      if (!parts.has(entry)) parts.set(entry, '');
      return { path: `${entry}.cjs`, namespace: 'part', pluginData: entry };
    });
    onLoad({ filter: /./, namespace: 'part' }, ({ pluginData }) => ({
      contents: `module.exports = part(${JSON.stringify(pluginData)});`,
    }));
    // Loaded on first use, because few commands need them: commander to start programs, the SDK to reach deployed stacks.
    onResolve({ filter: /^node:(child_process|https)$/ }, ({ importer, path }) =>
      /commander|node-https/.test(importer) ? { path, namespace: 'late' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => process.getBuiltinModule('${path}')[name] });`,
    }));
  },
});

// Atomic, because the command line may run at the same time.
const replace = (path, content) => {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, content, { mode: 0o755 });
  renameSync(half, path);
};
