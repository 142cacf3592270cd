import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const HERE = import.meta.dirname;

/** In the package the functions are bundled already. */
const packaged: Plugin = {
  name: 'packaged',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\/function-code\.ts$/ }, () => ({ path: join(HERE, 'function-code.ts') }));
    // What dynalite keeps its items in on disk is compiled for one platform; a stack of the package keeps nothing.
    onResolve({ filter: /^level$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: '' }));
    // esbuild bundles all that such a path may mean, under their whole names.
    onLoad({ filter: /\/dynalite\/index\.js$/ }, async ({ path }) => ({
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
  plugins: [packaged],
} as const satisfies BuildOptions;

// CommonJS, which every TypeScript setup, Jest and ES modules alike can import.
const LIBRARY = {
  ...COMMON,
  format: 'cjs',
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  external: ['aws-cdk-lib', 'constructs', '@aws-sdk/client-dynamodb'],
} as const satisfies BuildOptions;

// What is bundled with it has CommonJS in it.
const REQUIRE =
  "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);";

/** The module of each entry of the package, by its name there. What it declares is in a file of the same path. */
export const ENTRIES = {
  infra: 'infra/fractal-webhooks.ts',
  reader: 'reader/reader.ts',
  events: 'reader/events.ts',
  local: 'local/for-tests.ts',
} as const;

/** Compiles what others import, and the local stack that they run, into `folder`. */
export const buildModules = async (folder: string): Promise<void> => {
  await Promise.all([
    build({
      ...LIBRARY,
      entryPoints: Object.entries(ENTRIES).map(([name, entry]) => ({ in: entry, out: `${name}/index` })),
      outdir: folder,
    }),
    build({
      ...COMMON,
      format: 'esm',
      minify: true,
      splitting: true,
      banner: { js: REQUIRE },
      entryPoints: { packaged: 'local/packaged.ts', worker: 'local/runtime/worker.ts' },
      chunkNames: 'chunks/[name]-[hash]',
      outdir: join(folder, 'local'),
      outExtension: { '.js': '.mjs' },
    }),
  ]);
};

/** The packages that are bundled into any part of the package, by their folders below node_modules. */
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
