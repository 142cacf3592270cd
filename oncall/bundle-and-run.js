import '../node-24.js';
import { createRequire } from 'node:module';
import { bundle } from './bundle.js';
import { PARTS } from './bundled.cjs';

const isWritten = await bundle().then(
  () => true,
  () => false, // the project is read-only
);
if (isWritten) createRequire(import.meta.url)(PARTS);
else await import('./index.ts');
