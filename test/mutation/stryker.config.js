const functions = [
  'functions/{core,ingest,apply,publish,queues,words}/*.ts',
  '!functions/*/index.ts',
  'functions/dead-letters/look.ts',
];

// The commands that delete, move, judge and advise, without their definitions.
const oncall = [
  'oncall/{contested,dlq,forget,person}/*.ts',
  'oncall/{holding,message-name}.ts',
  'oncall/events/unpublished.ts',
  'oncall/doctor/*.ts',
  'oncall/tokens/*.ts',
  '!oncall/*/{*.command,commands,options,selecting}.ts',
  'oncall/{aws-problem,failure,key-problem,where}.ts',
  'oncall/events/stream-backlog.ts',
];

// `npm run mutation`: changes the code in one place at a time, and reports the changes that no test notices.
export default {
  mutate: [...functions, ...oncall],
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner', './test/mutation/survivors.js'],
  jest: { projectType: 'custom', configFile: 'test/mutation/jest.config.js', enableFindRelatedTests: true },
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
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
