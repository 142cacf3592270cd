import { resolve } from 'node:path';
import { buildSync } from 'esbuild';

const PROJECT = resolve(import.meta.dirname, '..');

/**
 * Bundles a function into `outdir`, with `entry` as `index.mjs`. Split ES modules start faster than one file, because rarely
 * used parts of the SDK are not loaded. See bench/README.md for measurements of the alternatives.
 */
export const bundle = (entry: string, outdir: string): true => {
  buildSync({
    entryPoints: { index: entry },
    absWorkingDir: PROJECT,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    alias: {
      '@aws-sdk/credential-provider-node': resolve(PROJECT, 'functions/lambda-credentials.ts'),
      'node:http': resolve(PROJECT, 'functions/plain-http.ts'),
    },
    logLevel: 'warning',
  });
  return true;
};
