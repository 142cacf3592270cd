// `npm run mutation`: changes the code in one place at a time, and reports the changes that no test notices.
export default {
  mutate: [
    'functions/{core,ingest,apply,publish}/*.ts',
    '!functions/*/index.ts',
    'functions/dead-letters/{dead-letter-queue,look,messages,with-messages}.ts',
    'oncall/{dlq,forget,person}/*.ts',
    '!oncall/dlq/{command,commands}.ts',
    'oncall/{holding,message-name}.ts',
    'oncall/events/unpublished.ts',
  ],
  testRunner: 'in-process',
  plugins: ['./test/mutation/in-process/runner.js', './test/mutation/survivors.js'],
  coverageAnalysis: 'perTest',
  // Mutants of code that runs while a module is loaded: each needs all tests, in a new process.
  ignoreStatic: true,
  reporters: ['progress', 'survivors', 'clear-text', 'json'],
  jsonReporter: { fileName: '.local/mutation.json' },
  tempDirName: '.local/mutation',
  timeoutMS: 8_000,
  timeoutFactor: 4,
  // Stryker reads TypeScript's configuration with an API that TypeScript 7 does not have.
  tsconfigFile: 'none.json',
  ignorePatterns: ['dist', '.local', 'docs', 'bench', 'cdk.out'],
};
