import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');
const SOURCES = 'sources.json';

/** Where the command line is, once it is bundled. */
export const BUNDLE = join(PROJECT, 'dist/fractal-webhooks.cjs');

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
  await mkdir(dirname(BUNDLE), { recursive: true });
  await replace(BUNDLE, outputFiles[0].contents);
  await replace(join(dirname(BUNDLE), SOURCES), JSON.stringify({ sources, hash: await hashOf(sources) }));
};

/** Bundles it, unless that has been done with the same sources. */
export const bundleIfChanged = async () => {
  if (!(await isFresh())) await bundle();
};

const isFresh = async () => {
  try {
    const { sources, hash } = JSON.parse(await readFile(join(dirname(BUNDLE), SOURCES), 'utf8'));
    return hash === (await hashOf(sources));
  } catch {
    return false;
  }
};

const hashOf = async (files) => {
  const contents = await Promise.all(files.map((file) => readFile(join(PROJECT, file))));
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return hash.digest('hex');
};

// Somebody may run it while it is written.
const replace = async (path, content) => {
  const half = `${path}.${process.pid}`;
  await writeFile(half, content, { mode: 0o755 });
  await rename(half, path);
};
