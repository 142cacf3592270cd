import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');
const DIST = join(PROJECT, 'dist');
const SOURCES = join(DIST, 'sources.json');

/** Where the command line is, once it is bundled. */
export const BUNDLE = join(DIST, 'fractal-webhooks.cjs');

const HEAD = `#!/usr/bin/env node
if (Number.parseInt(process.versions.node, 10) < 22) {
  console.error(\`fractal-webhooks needs Node 22 or later, and this is Node \${process.versions.node}.\`);
  process.exit(2);
}`;

/** Bundles the command line into one file that needs Node 22 or later, and nothing else: no project, no package. */
export const bundle = async () => {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: ['oncall/index.ts'],
    absWorkingDir: PROJECT,
    bundle: true,
    minify: true,
    // An ES module would load every part of Node that any command needs, before the first line runs.
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    banner: { js: HEAD },
    legalComments: 'none',
    write: false,
    metafile: true,
  });
  // All else comes from packages, whose versions npm keeps there.
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes('node_modules/'));
  const sources = [...own, 'oncall/bundle.js', 'node_modules/.package-lock.json'];
  mkdirSync(DIST, { recursive: true });
  replace(BUNDLE, outputFiles[0].contents);
  replace(SOURCES, JSON.stringify({ sources, hash: hashOf(sources) }));
};

/** Whether it has been bundled from the sources and packages that are there now. */
export const isBundled = () => {
  try {
    const { sources, hash } = JSON.parse(readFileSync(SOURCES, 'utf8'));
    return hash === hashOf(sources);
  } catch {
    return false;
  }
};

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(PROJECT, file))).update('\0');
  return hash.digest('hex');
};

// Somebody may run it while it is written.
const replace = (path, content) => {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, content, { mode: 0o755 });
  renameSync(half, path);
};
