import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { whole } from '../../oncall/whole.ts';
import checkLogs from '../support/check-logs.ts';
import prepare from '../support/prepare.ts';
import { type Progress, type Report, soak } from './soak.ts';
import { attachToRunning, startOwn } from './stack.ts';

const command = new Command('npm run soak --')
  .description(
    'Sends notifications to the local stack as Fractal does, and verifies that no acknowledged notification is lost, that the table is correct, and that every change is published.',
  )
  .option('--notifications <n>', 'number of notifications; some are delivered several times', whole, 5_000)
  .option('--users <m>', 'approximate number of users', whole, 500)
  .option('--faults', 'inject faults into AWS calls: errors, throttling, hangs, broken and stalled connections')
  .option('--kills', "kill -9 processes of the functions and, occasionally, the whole stack if it is the soak's own")
  .option('--forget', 'run forget for one user in 25, in mid-traffic and at the end')
  .option('--seed <seed>', 'seed of the deliveries and the faults, to repeat a run (default: random)', whole)
  .option('--speed <factor>', "speed of the retries, as a multiple of Fractal's", whole, 200)
  .option('--concurrency <n>', 'concurrent requests', whole, 16)
  .addOption(
    new Option('--dynamodb <engine>', "the DynamoDB emulator of the soak's own stack")
      .choices(['dynalite', 'amazon'])
      .default('dynalite'),
  )
  .addHelpText(
    'after',
    `
Uses the stack that npm start runs, if any, and leaves it running. Otherwise it starts its own, and removes it at the end.
Exit status: 0 if nothing is lost, wrong, unpublished or unrecorded; otherwise 1.

Example:
  npm run soak -- --notifications 100000 --users 5000 --faults --kills`,
  );

const options = command.parse().opts();
const seed: number = options.seed ?? 1 + Math.floor(Math.random() * 1_000_000);

await prepare();
const running = await attachToRunning();
const visibilityTimeout = 10;
const stack = running ?? (await startOwn({ dynamodb: options.dynamodb, visibilityTimeout, keepsData: options.kills }));
console.log(
  `Soaking ${running ? 'the running stack' : `its own stack (${options.dynamodb}${options.kills ? ', data on disk' : ''})`}, seed ${seed}.`,
);

const bar = new SingleBar({
  format: '{bar} {percentage}% | {value} of {total} deliveries | {rate}/s | {left} left | {retries} retries | {memory} MiB',
  noTTYOutput: true,
  notTTYSchedule: 5_000,
  hideCursor: true,
});

const peak = { memory: 0 };
let timer: NodeJS.Timeout | undefined;

const show = ({ planned, sent, startedAt }: Progress): void => {
  const rate = sent.acknowledged / ((Date.now() - startedAt) / 1_000);
  const left = rate > 0 ? `${Math.ceil((planned - sent.acknowledged) / rate)} s` : '?';
  const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
  peak.memory = Math.max(peak.memory, memory);
  bar.update(sent.acknowledged, { rate: Math.round(rate), left, retries: sent.retries, memory });
};

const report = await soak(
  stack,
  {
    faults: false,
    kills: false,
    forget: false,
    ...(options as {
      notifications: number;
      users: number;
      faults?: true;
      kills?: true;
      forget?: true;
      speed: number;
      concurrency: number;
    }),
    seed,
    patienceMs: 180_000,
  },
  {
    start: (progress) => {
      bar.start(progress.planned, 0, { rate: 0, left: '?', retries: 0, memory: 0 });
      timer = setInterval(() => show(progress), 500);
    },
    sent: () => {
      clearInterval(timer);
      bar.stop();
      console.log('All deliveries are sent. Waiting until the queue is empty …');
    },
  },
);
await stack.stop();
await checkLogs();

const tell = ({
  sent,
  disruptions,
  outcomes,
  injected,
  deadLetters,
  lost,
  wrong,
  unpublished,
  unrecorded,
  remains,
  unfinished,
  forgotten,
  seconds,
  settled,
  settings,
}: Report): void => {
  const total = Object.values(injected).reduce((sum, one) => sum + one, 0);
  const lines: [string, string | number][] = [
    ['notifications', settings.notifications],
    ['delivered', `${sent.delivered} (${Math.round(sent.delivered / seconds)}/s for ${Math.round(seconds)} s)`],
    ['acknowledged', sent.acknowledged],
    ['retries', `${sent.retries}${sent.givenUp ? `, ${sent.givenUp} deliveries given up` : ''}`],
    ['applied', outcomes.applied ?? 0],
    ['duplicate', outcomes.duplicate ?? 0],
    ['stale', outcomes.stale ?? 0],
    ['contested', outcomes.contested ?? 0],
    ['parked', outcomes.parked ?? 0],
    ['on the dead-letter queue', deadLetters],
    ['faults injected', total],
    ['processes killed', disruptions.kills],
    ['restarts of the stack', disruptions.restarts],
    ['peak memory of the sender', `${peak.memory} MiB`],
    ['lost', lost.length],
    ['wrong', wrong.length],
    ['unpublished', unpublished.length],
    ['unrecorded', unrecorded.length],
    ...(settings.forget
      ? ([
          ['forget, in mid-traffic', `${forgotten.runs} (by exit status: ${JSON.stringify(forgotten.statuses)})`],
          ['of the forgotten left', remains.length + unfinished.length],
        ] as [string, string | number][])
      : []),
  ];
  for (const [name, value] of lines) console.log(`${name.padEnd(26)}${value}`);
  for (const [what, all] of Object.entries({ lost, wrong, unpublished, unrecorded, remains, unfinished })) {
    for (const one of all.slice(0, 10)) console.log(styleText('red', `${what}: ${one}`));
  }
  if (!settled) console.log(styleText('red', 'The queue is not empty, and has not become shorter for 90 s.'));
};

tell(report);
const { lost, wrong, unpublished, unrecorded, remains, unfinished } = report;
process.exitCode =
  [lost, wrong, unpublished, unrecorded, remains, unfinished].some((all) => all.length > 0) || !report.settled ? 1 : 0;
