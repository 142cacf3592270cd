import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import tests from '../../jest.config.js';

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = tests;
const folders = ['core', 'ingest', 'apply', 'publish', 'dead-letters', 'queues', 'words'].map(
  (name) => `<rootDir>/test/functions/${name}`,
);

// These start a local stack, which takes too long for each change.
const test = resolve(import.meta.dirname, '..');
const filesWith = (pattern, words) =>
  globSync(pattern, { cwd: test }).filter((file) => words.some((word) => readFileSync(join(test, file), 'utf8').includes(word)));
const others = filesWith('{oncall,functions/dead-letters}/**/*.test.ts', filesWith('support/*.ts', ['runStack']));

/** @type {import('jest').Config} */
export default {
  ...rest,
  rootDir: '../..',
  // With the code, so that Jest runs only the tests that import what was changed.
  roots: [...folders, '<rootDir>/functions', '<rootDir>/test/oncall', '<rootDir>/test/support', '<rootDir>/oncall'],
  testTimeout: 20_000,
  // These run the functions' bundles, in which nothing is changed.
  testPathIgnorePatterns: ['hostile', 'batches', 'apply/order\\.test', '\\.slow\\.', ...others.map((file) => `/test/${file}$`)],
  maxWorkers: 1,
  dependencyExtractor: '<rootDir>/test/mutation/dependencies.js',
};
