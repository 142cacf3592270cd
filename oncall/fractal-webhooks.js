#!/usr/bin/env node
import '../node-24.js';
import { createRequire } from 'node:module';
import { BUNDLE, bundle, isBundled } from './bundle.js';

const tryToBundle = () =>
  bundle().then(
    () => true,
    () => false, // the project can't be written
  );

if (isBundled() || (await tryToBundle())) {
  createRequire(import.meta.url)(BUNDLE);
} else {
  await import('./index.ts');
}
