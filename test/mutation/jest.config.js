import tests from '../../jest.config.js';

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = tests;
const folders = ['core', 'ingest', 'apply', 'publish'].map((name) => `<rootDir>/test/functions/${name}`);

/** @type {import('jest').Config} */
export default {
  ...rest,
  rootDir: '../..',
  // With the functions, so that Jest runs only the tests that import what was changed.
  roots: [...folders, '<rootDir>/functions'],
  testTimeout: 20_000,
  // These run the functions' bundles, in which nothing is changed.
  testPathIgnorePatterns: ['hostile', 'batches', 'apply/order\\.test', '\\.slow\\.'],
  maxWorkers: 1,
};
