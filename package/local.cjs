#!/usr/bin/env node
// CommonJS without imports, so that an older Node.js gets this far.
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`error: The local stack requires Node.js 24 or later. This is Node.js ${process.versions.node}.`);
  process.exit(2);
}
import('./packaged.mjs');
