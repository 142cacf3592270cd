import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { drawChart } from './chart.ts';
import { figuresOf, isMet } from './figures.ts';
import { type Effort, measureAll } from './measure/all.ts';
import { report } from './report.ts';

const QUICK: Effort = {
  coldRounds: 3,
  ingestTurns: 2,
  applyRounds: 1,
  growth: [1_000, 5_000],
  endToEndRounds: 20,
  deliveries: 20,
  startUpTurns: 1,
};
// Multiples of six, the number of orders of three implementations.
const WHOLE: Effort = {
  coldRounds: 48,
  ingestTurns: 24,
  applyRounds: 12,
  growth: [1_000, 10_000, 100_000],
  endToEndRounds: 300,
  deliveries: 200,
  startUpTurns: 7,
};

const { quick, dry } = new Command('npm run bench --')
  .description(
    'Compares the functions with implementations on the AWS SDK only and (except publish) on Powertools. Writes bench/RESULTS.md and bench/chart.svg.',
  )
  .option('--quick', 'run for two to three minutes only; the figures are not reliable')
  .option('--dry', 'print the results instead of writing them')
  .addHelpText(
    'after',
    '\nDo not run anything else at the same time. Exit status: 0, even if a limit is not met; the report shows which.',
  )
  .parse()
  .opts<{ quick?: boolean; dry?: boolean }>();

for (const folder of ['bench/recommended', 'emulator/dynamodb-local']) {
  if (existsSync(join(import.meta.dirname, '..', folder, 'node_modules'))) continue;
  console.error(`error: The bench needs additional packages. Install them with: npm ci --prefix ${folder}`);
  process.exit(1);
}

const started = Date.now();
const say = (step: string) => console.error(`${String(Math.round((Date.now() - started) / 1_000)).padStart(4)} s  ${step}`);
const results = await measureAll(quick ? QUICK : WHOLE, say);
const text = report(results, new Date());
if (dry) console.log(text);
else {
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), text);
  await writeFile(join(import.meta.dirname, 'chart.svg'), drawChart(results));
  const figures = figuresOf(results);
  for (const figure of figures.filter((one) => !isMet(one))) console.log(`not met: ${figure.what}: ${figure.value.toFixed(2)}`);
  console.log(`${figures.filter(isMet).length} of ${figures.length} limits are met. See bench/RESULTS.md and bench/chart.svg.`);
}
