import tests from '../jest.config.js';

// The workers of Jest have this environment, too: see support/effort.ts.
process.env.TEST_IN_FULL = 'true';

/** @type {import('jest').Config} */
export default { ...tests, rootDir: '..', testPathIgnorePatterns: [] };
