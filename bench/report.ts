import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { FULL_BATCH, PRICES, perThousandLooks, tracesPerMillion } from './cost.ts';
import { type Claim, costOf, costOfEvents, isMet, judge } from './judgement.ts';
import type { Results } from './measure/all.ts';
import type { Spread } from './measure/statistics.ts';
import { ENGINES, type Engine, NAMES, type Name } from './names.ts';

const require = createRequire(import.meta.url);
const PACKAGES = [
  '@aws-sdk/client-sqs',
  '@aws-sdk/client-dynamodb',
  'valibot',
  '@middy/core',
  'esbuild',
  '@aws-lambda-powertools/logger',
  'zod',
  'aws-cdk-lib',
  '@aws-sdk/client-eventbridge',
  'fauxqs',
  'dynalite',
];

/** The results in Markdown, the ratios first. */
export const report = (results: Results, at: Date): string =>
  `${[
    '# What `npm run bench` measured',
    `Written by the command itself, on ${at.toISOString().slice(0, 10)}. Ratios hold from machine to machine; absolute times are of this one.
What the three are, and how it is measured, is told in [README.md](README.md).`,
    claims(judge(results)),
    section('Cold start', coldStart(results)),
    section('Warm ingest, per delivery', warmIngest(results)),
    section('Warm apply, notifications per second and process', warmApply(results)),
    section('Calls per notification, and log bytes', calls(results)),
    section('Publishing changes', publishing(results)),
    section('The dead letters on the dashboard', aLook(results)),
    section('Growth, in batches of 100 on dynalite', growth(results)),
    section('From delivery to table', endToEnd(results)),
    section('Start-up and command line', inHand(results)),
    section('Cost per million notifications', cost(results)),
    section('Machine and versions', machine()),
  ].join('\n\n')}\n`;

const section = (title: string, text: string): string => `## ${title}\n\n${text}`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const amount = (value: number, unit: string, digits = 2): string =>
  unit === '$'
    ? `$${number(value, 2)}`
    : `${number(value, unit === '×' || unit === '' ? digits : 0)}${unit === '×' ? ' ×' : unit && ` ${unit}`}`;

const claims = (all: readonly Claim[]): string =>
  table(
    ['what ours is held to', 'measured', 'limit', ''],
    all.map((claim) => [
      claim.what,
      amount(claim.value, claim.unit, 3),
      `${claim.atMost ? 'at most' : 'at least'} ${amount(claim.limit, claim.unit)}`,
      isMet(claim) ? 'met' : '**not met**',
    ]),
  );

const spread = ({ median, low, high }: Spread): string => `${number(median)} ms (${number(low)}–${number(high)})`;

const coldStart = ({ cold }: Results): string =>
  `From spawning the process to the answer, calls to SQS and Secrets Manager included: median, and the middle half. Bytes are of both functions.\n\n${table(
    ['', 'first 202', 'first batch applied', 'peak memory', 'loaded', 'shipped'],
    NAMES.map((name) => [
      name,
      spread(cold[name].ingestMs),
      spread(cold[name].applyMs),
      `${number(cold[name].peakBytes / 1e6)} MB`,
      `${number(cold[name].loadedBytes / 1e3)} kB in ${cold[name].loadedFiles} files`,
      `${number(cold[name].shippedBytes / 1e3)} kB`,
    ]),
  )}`;

const warmIngest = ({ ingest }: Results): string =>
  table(
    ['', 'CPU, median', 'CPU, 99th percentile', 'time, median', 'time, 99th percentile', 'peak memory'],
    NAMES.map((name) => {
      const { cpuP50, cpuP99, wallP50, wallP99, peakBytes } = ingest[name];
      const times = [cpuP50, cpuP99, wallP50, wallP99].map((one) => `${number(one)} µs`);
      return [name, ...times, `${number(peakBytes / 1e6)} MB`];
    }),
  );

const ratio = ({ median, low, high }: Spread): string => `${number(median, 2)} ×, ${number(low, 2)}–${number(high, 2)}`;

const warmApply = ({ apply }: Results): string => {
  const sizes = apply.dynalite.ours.map(({ batch }) => batch);
  const row = (engine: Engine, name: Name) => [
    engine === 'amazon' ? 'DynamoDB Local' : engine,
    name,
    ...apply[engine][name].map(({ perSecond, oursBeside }) =>
      name === 'ours' ? number(perSecond) : `${number(perSecond)} (ours ${ratio(oursBeside)})`,
    ),
  ];
  return `Medians; in brackets the median of the rounds' ratios, and their middle half.\n\n${table(
    ['engine', '', ...sizes.map((size) => `batches of ${number(size)}`)],
    ENGINES.flatMap((engine) => NAMES.map((name) => row(engine, name))),
  )}`;
};

const calls = ({ calls: counted, ingest, apply }: Results): string =>
  table(
    [
      '',
      'DynamoDB calls',
      'write units',
      'write units, half about one user',
      'log bytes: ingest',
      ...apply.dynalite.ours.map(({ batch }) => `apply, ${number(batch)}`),
    ],
    NAMES.map((name) => [
      name,
      number(counted[name].uniform.dynamodb, 2),
      number(counted[name].uniform.writeUnits, 2),
      number(counted[name].hot.writeUnits, 2),
      number(ingest[name].logBytes),
      ...apply.dynalite[name].map(({ logBytes }) => number(logBytes)),
    ]),
  );

const growth = ({ growth: all }: Results): string =>
  table(
    ['notifications', 'users', 'time per notification', 'memory at the end'],
    all.map(({ notifications, users, perNotification, rss }) => [
      number(notifications),
      users === 'hot' ? 'half about one user' : 'one each',
      `${number(perNotification)} µs`,
      `${number(rss / 1e6)} MB`,
    ]),
  );

const endToEnd = ({ endToEnd: all, inLocalStack: { atOnce, withWindow } }: Results): string =>
  `Through ingest, the queue, a poller and apply, one delivery after the other, without a batch window:

${table(
  ['', 'median', '99th percentile'],
  NAMES.map((name) => {
    const { p50, p99, oursBeside } = all[name];
    return [name, `${number(p50, 1)} ms${name === 'ours' ? '' : ` (ours ${number(oursBeside, 2)} ×)`}`, `${number(p99, 1)} ms`];
  }),
)}

Ours in the local stack, at 20 deliveries a second, from receipt to table:

${table(
  ['', 'median', '99th percentile'],
  Object.entries({ 'as it is deployed by default': atOnce, 'with `batchWindowSeconds: 1`': withWindow }).map(
    ([name, { p50, p99 }]) => [name, `${number(p50)} ms`, `${number(p99)} ms`],
  ),
)}`;

const inHand = ({ inHand: measured }: Results): string =>
  table(
    ['', 'median'],
    Object.entries({
      'a synthesis of all installations': measured.synthesis,
      '`npm start` until it runs, with a synthesis': measured.startAnew,
      '`npm start` until it runs, where nothing has changed': measured.startAgain,
      '`node -e 0`': measured.node,
      '`status` in the project, besides its calls': measured.status,
      '`status` of the file alone, besides its calls': measured.statusAlone,
    }).map(([name, ms]) => [name, `${number(ms)} ms`]),
  );

const cost = (results: Results): string => {
  const parts = Object.keys(costOf(results, 'ours', 1));
  const columns = [1, FULL_BATCH].flatMap((batch) => NAMES.map((name) => ({ name, batch })));
  const rows = parts.map((part) => [
    part,
    ...columns.map(({ name, batch }) => `$${number(costOf(results, name, batch)[part] ?? Number.NaN, 2)}`),
  ]);
  const gateway = number(PRICES.hostedGatewayMessage * 1e6);
  return `List prices of ${PRICES.region}, ${PRICES.date}, without free tiers; what was counted above; one by one, as by default at
low traffic, and in batches of ${FULL_BATCH}, as with a window. A hosted gateway (Svix) asks $${gateway} for a million messages.

${table(['', ...columns.map(({ name, batch }) => `${name}, ${batch === 1 ? 'one by one' : 'batches'}`)], rows)}

Events, of ours alone, add $${number(costOfEvents(results), 2)} per million changes in batches of ten: $${number(PRICES.event * 1e6, 2)} of it is the bus itself.

Traces, if they are on, add to each of them what X-Ray records: $${number(tracesPerMillion(100, FULL_BATCH), 2)} per million at 100 notifications a second, more at fewer.`;
};

const publishing = ({ publish: { ours, floor } }: Results): string =>
  `Cold from spawning the process until the first event is taken; then per change, in batches of ten, each ten in one call.

${table(
  ['', 'first event', 'peak memory', 'loaded', 'shipped', 'per change', 'log bytes'],
  Object.entries({ ours, floor }).map(([name, one]) => [
    name,
    spread(one.coldMs),
    `${number(one.peakBytes / 1e6)} MB`,
    `${number(one.loadedBytes / 1e3)} kB`,
    `${number(one.shippedBytes / 1e3)} kB`,
    `${number(one.perChangeMs * 1e3)} µs`,
    number(one.logBytes),
  ]),
)}`;

const aLook = ({ look: { messages, calls, receivedBytes, sentBytes, answerBytes, ms, shippedBytes } }: Results): string => {
  const counted = Object.entries(calls).map(([name, count]) => [name, number(count)]);
  return `What the widget does for one look at ${number(messages)} messages, each about another user. A message gets no attempt from it but this one.

${table(
  ['', ''],
  [
    ...counted,
    ['received', `${number(receivedBytes / 1e3)} kB`],
    ['sent', `${number(sentBytes / 1e3)} kB`],
    ['its answer', `${number(answerBytes / 1e3, 1)} kB`],
    ['its bundle', `${number(shippedBytes / 1e3)} kB`],
    ['time, in a new process', `${number(ms)} ms`],
    ['a thousand looks', `$${number(perThousandLooks(calls, messages, ms), 2)}`],
  ],
)}`;
};

const machine = (): string => {
  const [cpu] = cpus();
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ');
  return `${cpu?.model.trim()}, ${cpus().length} cores, ${number(totalmem() / 2 ** 30)} GiB; ${process.platform} ${process.arch}; Node.js ${process.versions.node}; ${versions}.`;
};

const versionOf = (name: string): string => {
  const all = ['../package.json', './recommended/package.json'].map((file) => require(file).dependencies[name]);
  return all.find((version) => version !== undefined) ?? 'of no known version';
};
