import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import config from '../jest.config.js';

const IMPORT = /^(?:import|export)[^'";]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

const importsOf = (file) => {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(IMPORT)].map(([, static_, dynamic]) => resolve(dirname(file), static_ ?? dynamic));
};

/** The test files of `jest.config.js` in this folder. */
const testFiles = (root) => {
  const ignored = config.testPathIgnorePatterns.map((pattern) => new RegExp(pattern));
  const folders = config.roots.map((folder) => folder.replace('<rootDir>', root));
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.test.ts') && !ignored.some((pattern) => pattern.test(file)));
};

/** The test files that import some of these files, directly or not. */
export const relatedTests = (root, files) => {
  const wanted = new Set(files);
  return testFiles(root).filter((test) => {
    const seen = new Set([test]);
    for (const file of seen) {
      if (wanted.has(file)) return true;
      if (file.endsWith('.ts') && !file.includes('node_modules')) for (const one of importsOf(file)) seen.add(one);
    }
    return false;
  });
};
