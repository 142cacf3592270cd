#!/usr/bin/env node
// CommonJS, and nothing imported: an older Node would end at the first line of what follows.
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(`error: The local stack runs functions of Node 24, and this is Node ${process.versions.node}.`);
  process.exit(2);
}
import('./packaged.mjs');
