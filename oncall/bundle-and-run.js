import '../node-24.js';
import { createRequire } from 'node:module';
import { PARTS } from './bundled.cjs';

// Imports TypeScript, which an older Node.js can't even load.
const { bundle } = await import('./bundle.js');
const isWritten = await bundle().then(
  () => true,
  () => false, // the project is read-only
);
if (isWritten) createRequire(import.meta.url)(PARTS);
else await import('./index.ts');
