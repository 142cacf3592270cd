import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { FULL_BATCH, PRICES, tracesPerMillion, viewsPerThousand } from './cost.ts';
import { costOf, costOfEvents, type Figure, figuresOf, isMet } from './figures.ts';
import { amount, number, ratio, section, spread, table } from './markdown.ts';
import type { Results } from './measure/all.ts';
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

/** The results in Markdown. */
export const report = (results: Results, at: Date): string =>
  `${[
    '# Benchmark results',
    `Written by \`npm run bench\` on ${at.toISOString().slice(0, 10)}. Ratios are comparable between machines; absolute times are those of this machine.
See [README.md](README.md) for the three implementations and the method.`,
    figures(figuresOf(results)),
    section('Cold start', coldStart(results)),
    section('Warm ingest, per delivery', warmIngest(results)),
    section('Warm apply, notifications per second in one process', warmApply(results)),
    section('Calls per notification, and log bytes', calls(results)),
    section('Publishing changes', publishing(results)),
    section('Dead-letter widget of the dashboard', widgetView(results)),
    section('Growth, in batches of 100 on dynalite', growth(results)),
    section('Latency from delivery to table', endToEnd(results)),
    section('Start-up and command line', startUp(results)),
    section('Cost per million notifications', cost(results)),
    section('Machine and versions', machine()),
  ].join('\n\n')}\n`;

const figures = (all: readonly Figure[]): string =>
  table(
    ['figure of `ours`', 'measured', 'limit', ''],
    all.map((figure) => [
      figure.what,
      amount(figure.value, figure.unit, 3),
      `${figure.atMost ? 'at most' : 'at least'} ${amount(figure.limit, figure.unit)}`,
      isMet(figure) ? 'met' : '**not met**',
    ]),
  );

const coldStart = ({ cold }: Results): string =>
  `From spawning the process to the answer, including calls to SQS and Secrets Manager: median and interquartile range. Bytes are the sum of both functions.\n\n${table(
    ['', 'first 202', 'first applied batch', 'peak memory', 'loaded', 'shipped'],
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

const warmApply = ({ apply }: Results): string => {
  const sizes = apply.dynalite.ours.map(({ batch }) => batch);
  const row = (engine: Engine, name: Name) => [
    engine === 'amazon' ? 'DynamoDB Local' : engine,
    name,
    ...apply[engine][name].map(({ perSecond, oursBeside }) =>
      name === 'ours' ? number(perSecond) : `${number(perSecond)} (ours ${ratio(oursBeside)})`,
    ),
  ];
  return `Medians. In brackets: median and interquartile range of the ratio to \`ours\` per round.\n\n${table(
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
      'write units, half for one user',
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
      users === 'hot' ? 'half for one user' : 'one each',
      `${number(perNotification)} µs`,
      `${number(rss / 1e6)} MB`,
    ]),
  );

const endToEnd = ({ endToEnd: all, inLocalStack: { atOnce, withWindow } }: Results): string =>
  `Through ingest, the queue, a poller and apply, one delivery at a time, without a batch window:

${table(
  ['', 'median', '99th percentile'],
  NAMES.map((name) => {
    const { p50, p99, oursBeside } = all[name];
    return [name, `${number(p50, 1)} ms${name === 'ours' ? '' : ` (ours ${number(oursBeside, 2)} ×)`}`, `${number(p99, 1)} ms`];
  }),
)}

\`ours\` in the local stack at 20 deliveries per second, from receipt to table:

${table(
  ['', 'median', '99th percentile'],
  Object.entries({ 'default settings': atOnce, 'with `batchWindowSeconds: 1`': withWindow }).map(([name, { p50, p99 }]) => [
    name,
    `${number(p50)} ms`,
    `${number(p99)} ms`,
  ]),
)}`;

const startUp = ({ startUp: measured }: Results): string =>
  table(
    ['', 'median'],
    Object.entries({
      'synthesis of all installations': measured.synthesis,
      '`npm start` until it runs, with a synthesis': measured.startAnew,
      '`npm start` until it runs, without changes': measured.startAgain,
      '`node -e 0`': measured.node,
      '`status` in the project, without its calls': measured.status,
      '`status` of the bundled file, without its calls': measured.statusAlone,
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
  return `List prices of ${PRICES.region} in ${PRICES.date} without free tiers, for the calls and times above: one by one, the default at
low traffic, and in batches of ${FULL_BATCH}, with a batch window. A hosted gateway (Svix) costs $${gateway} per million messages.

${table(['', ...columns.map(({ name, batch }) => `${name}, ${batch === 1 ? 'one by one' : 'batches'}`)], rows)}

Change events (only \`ours\` has them) add $${number(costOfEvents(results), 2)} per million changes in batches of ten; $${number(PRICES.event * 1e6, 2)} of it is the event bus.

Traces, if enabled, add $${number(tracesPerMillion(100, FULL_BATCH), 2)} per million to each at 100 notifications per second, and more at lower rates.`;
};

const publishing = ({ publish: { ours, floor } }: Results): string =>
  `Cold start: from spawning the process until EventBridge has accepted the first event. Per change: in batches of ten, with one call per batch.

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

const widgetView = ({
  widget: { messages, calls, receivedBytes, sentBytes, answerBytes, ms, shippedBytes },
}: Results): string => {
  const counted = Object.entries(calls).map(([name, count]) => [name, number(count)]);
  return `One view of ${number(messages)} messages, each for a different user. Each message is received once.

${table(
  ['', ''],
  [
    ...counted,
    ['received', `${number(receivedBytes / 1e3)} kB`],
    ['sent', `${number(sentBytes / 1e3)} kB`],
    ['answer', `${number(answerBytes / 1e3, 1)} kB`],
    ['bundle', `${number(shippedBytes / 1e3)} kB`],
    ['time, in a new process', `${number(ms)} ms`],
    ['cost of a thousand views', `$${number(viewsPerThousand(calls, messages, ms), 2)}`],
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
  return all.find((version) => version !== undefined) ?? '(unknown version)';
};
