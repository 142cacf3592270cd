#!/usr/bin/env node
import '../node-24.js';
import { createRequire, enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { BUNDLE, bundle, isBundled } from './bundle.js';

const tryToBundle = () =>
  bundle().then(
    () => true,
    () => false, // the project can't be written
  );

if (isBundled() || (await tryToBundle())) {
  enableCompileCache(dirname(BUNDLE));
  createRequire(import.meta.url)(BUNDLE);
} else {
  await import('./index.ts');
}
