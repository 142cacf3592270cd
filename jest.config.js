/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', explicitResourceManagement: true }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  globalSetup: './test/support/prepare.ts',
  globalTeardown: './test/support/check-logs.ts',
  testTimeout: 60_000,
  maxWorkers: 2,
};
