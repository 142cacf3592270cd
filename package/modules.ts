import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { bakedRelease } from '../oncall/bundle.js';

const HERE = import.meta.dirname;

/** Replaces modules that differ in the package. */
const packaged: Plugin = {
  name: 'packaged',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\/function-code\.ts$/ }, () => ({ path: join(HERE, 'function-code.ts') }));
    // dynalite's storage on disk is a native module for one platform. The package does not need it: it keeps no data.
    onResolve({ filter: /^level$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: '' }));
    // esbuild resolves a computed path only if it has an extension.
    onLoad({ filter: /[\\/]dynalite[\\/]index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(/(require\('\.\/\w+\/' \+ action)\)/g, "$1 + '.js')"),
    }));
  },
};

const COMMON = {
  absWorkingDir: join(HERE, '..'),
  bundle: true,
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [bakedRelease, packaged],
} as const satisfies BuildOptions;

const LIBRARY = {
  ...COMMON,
  external: ['aws-cdk-lib', 'constructs', '@aws-sdk/client-dynamodb'],
} as const satisfies BuildOptions;

// Both formats: a bundler can't put CommonJS with external packages into an ES module.
const FORMATS = [
  {
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    outExtension: { '.js': '.js' },
  },
  { format: 'esm', outExtension: { '.js': '.mjs' } },
] as const satisfies BuildOptions[];

// Bundled CommonJS modules need `require`.
const REQUIRE =
  "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);";

/** The entry points of the package with their modules. */
export const ENTRIES = {
  infra: 'infra/fractal-webhooks.ts',
  reader: 'reader/reader.ts',
  events: 'reader/events.ts',
  local: 'local/for-tests.ts',
} as const;

/** Bundles the entry points and the local stack into `folder`. */
export const buildModules = async (folder: string): Promise<void> => {
  await Promise.all([
    ...FORMATS.map((format) =>
      build({
        ...LIBRARY,
        ...format,
        entryPoints: Object.entries(ENTRIES).map(([name, entry]) => ({ in: entry, out: `${name}/index` })),
        outdir: folder,
      }),
    ),
    build({
      ...COMMON,
      format: 'esm',
      minify: true,
      splitting: true,
      banner: { js: REQUIRE },
      entryPoints: { packaged: 'local/packaged.ts', worker: 'emulator/runtime/worker.ts' },
      chunkNames: 'chunks/[name]-[hash]',
      outdir: join(folder, 'local'),
      outExtension: { '.js': '.mjs' },
    }),
  ]);
};

/** The folders in node_modules of all packages that are bundled into the package. */
export const bundledPackages = async (functions: readonly string[]): Promise<string[]> => {
  const { metafile } = await build({
    ...COMMON,
    format: 'esm',
    external: LIBRARY.external.slice(0, 2),
    entryPoints: [...functions, 'oncall/index.ts', 'local/packaged.ts', ...Object.values(ENTRIES)],
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const folders = Object.keys(metafile.inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
};
