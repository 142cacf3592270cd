const { readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');

const PROJECT = join(__dirname, '..');

exports.DIST = join(PROJECT, 'dist');
/** The files that the command line was bundled from, with their versions. */
exports.SOURCES = join(exports.DIST, 'sources.json');
/** The bundle in one file. */
exports.BUNDLE = join(exports.DIST, 'fractal-webhooks.cjs');
/** The bundle in a file per part, so that Node can cache the compiled code of each. */
exports.PARTS = join(exports.DIST, 'index.cjs');

/** The version of a file of the project: its date and size. */
exports.versionOf = (file) => {
  const { mtimeMs, size } = statSync(join(PROJECT, file));
  return `${mtimeMs} ${size}`;
};

/** Whether the bundle is up to date with the sources and packages. */
exports.isBundled = () => {
  try {
    const sources = Object.entries(JSON.parse(readFileSync(exports.SOURCES, 'utf8')));
    return sources.every(([file, version]) => version === exports.versionOf(file));
  } catch {
    return false;
  }
};
