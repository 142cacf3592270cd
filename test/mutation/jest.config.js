import tests from '../../jest.config.js';

const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = tests;
const folders = [
  ...['core', 'ingest', 'apply', 'publish', 'dead-letters'].map((name) => `functions/${name}`),
  ...['person', 'dlq', 'in-process'].map((name) => `oncall/${name}`),
].map((name) => `<rootDir>/test/${name}`);

/** @type {import('jest').Config} */
export default {
  ...rest,
  rootDir: '../..',
  // With the code and the tests' support, so that Jest runs only the tests that import what was changed.
  roots: [...folders, '<rootDir>/test/support', '<rootDir>/functions', '<rootDir>/oncall'],
  testTimeout: 10_000,
  // These run the functions' bundles, in which nothing is changed, or whole stacks, which takes too long.
  testPathIgnorePatterns: [
    ...['hostile', 'batches', 'apply/order\\.test', '\\.slow\\.'],
    ...['test/oncall/dlq/(redrive|show)\\.test', 'functions/dead-letters/widget\\.test'],
  ],
  maxWorkers: 1,
};
