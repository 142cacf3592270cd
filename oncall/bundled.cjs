const { readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');

const PROJECT = join(__dirname, '..');

exports.DIST = join(PROJECT, 'dist');
/** Which versions of which files the command line has been bundled from. */
exports.SOURCES = join(exports.DIST, 'sources.json');
/** Where it is, once it is bundled: one file. */
exports.BUNDLE = join(exports.DIST, 'fractal-webhooks.cjs');
/** The same in a file per part, each of which Node finds compiled the next time. */
exports.PARTS = join(exports.DIST, 'index.cjs');

/** A version of a file of the project, as far as its date and size tell. */
exports.versionOf = (file) => {
  const { mtimeMs, size } = statSync(join(PROJECT, file));
  return `${mtimeMs} ${size}`;
};

/** Whether it has been bundled from the sources and packages that are there now. */
exports.isBundled = () => {
  try {
    const sources = Object.entries(JSON.parse(readFileSync(exports.SOURCES, 'utf8')));
    return sources.every(([file, version]) => version === exports.versionOf(file));
  } catch {
    return false;
  }
};
