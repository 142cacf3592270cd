#!/usr/bin/env node
// CommonJS without early imports, to start fast.
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const { isBundled, PARTS } = require('./bundled.cjs');

if (Number.parseInt(process.versions.node, 10) >= 22 && isBundled()) {
  enableCompileCache(join(__dirname, '../node_modules/.cache/compiled'));
  require(PARTS);
} else {
  import('./bundle-and-run.js');
}
