import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { capacityFor, ON_AWS } from './capacity.ts';
import { drawBacklogs } from './chart.ts';
import { checkModel } from './check.ts';
import { type Capacity, type Scenario, type Simulated, simulate } from './model.ts';
import { limitsTable, tableOf } from './report.ts';
import { afterOutage, campaign, flood, hotUser, steady } from './scenarios.ts';
import { sizesTable } from './sizes.ts';

const { dry, check } = new Command('npm run scale --')
  .description(
    'Simulates the deployed system at several sizes: what binds first, how long receipt to table and to event take, and the backlog. Writes bench/SCALE.md and bench/scale.svg.',
  )
  .option(
    '--check',
    'measure scaled-down scenarios on the local stack, beside what the model says; prints a table, in four minutes',
  )
  .option('--dry', 'print the results instead of writing them')
  .parse()
  .opts<{ dry?: boolean; check?: boolean }>();

if (check) {
  console.log(await checkModel(console.error));
  process.exit(0);
}

/** Each scenario with what the installation expects; `undefined` for the defaults. */
const RUNS: readonly (readonly [string, Scenario, number | undefined, Partial<Capacity>?])[] = [
  ['defaults', steady(1), undefined],
  ['defaults', steady(10), undefined],
  ['defaults', steady(50), undefined],
  ['defaults', campaign(100_000), undefined],
  ['expectedPerSecond: 170', campaign(100_000), 170],
  ['defaults', afterOutage(5), undefined],
  ['expectedPerSecond: 100', afterOutage(100), 100],
  ['expectedPerSecond: 100', hotUser(100), 100],
  ['expectedPerSecond: 2000', hotUser(2_000), 2_000],
  ['defaults', flood(5, 500), undefined],
  ['expectedPerSecond: 100', steady(100), 100],
  ['expectedPerSecond: 1000', steady(1_000), 1_000],
  ['expectedPerSecond: 10000', steady(10_000), 10_000],
  ['expectedPerSecond: 10000, quotas raised', steady(10_000), 10_000, { apiRate: 20_000, lambdaConcurrency: 5_000 }],
];

const started = performance.now();
const results = RUNS.map(([settings, scenario, expected, quotas]): readonly [string, Simulated] => {
  const simulated = simulate(scenario, capacityFor(expected, quotas), ON_AWS);
  console.error(`${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s  ${scenario.name} (${settings})`);
  return [`${scenario.name} (${settings})`, simulated];
});

const text = `# At any size

Written by \`npm run scale\`, which simulates the deployed system from the service times of [the bench](RESULTS.md) and the limits of AWS below,
in steps of a tenth of a second. What it assumes, and how it compares with measurements: [docs/scale.md](../docs/scale.md).

${tableOf(results)}

*Receipt* is the 202. *First attempt* is when Fractal sends a notification for the first time, so retries count.

![The backlog of the queue over each scenario](scale.svg)

## Sizes

${sizesTable()}

## The limits

${limitsTable()}
`;
if (dry) console.log(text);
else {
  await writeFile(join(import.meta.dirname, '../SCALE.md'), text);
  await writeFile(join(import.meta.dirname, '../scale.svg'), drawBacklogs(results));
  console.log('See bench/SCALE.md and bench/scale.svg.');
}
