import { resolve } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Bundles a function into `outdir`, with `entry` as `index.mjs`. Split ES modules start faster than one file: the SDK's rarely used
 * parts are left unloaded. Credentials come from Lambda's environment, so the SDK's other ways to find some stay outside.
 */
export const bundle = (entry: string, outdir: string): true => {
  buildSync({
    entryPoints: { index: entry },
    absWorkingDir: resolve(import.meta.dirname, '..'),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    logLevel: 'warning',
  });
  return true;
};
