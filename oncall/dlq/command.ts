import { type Command, InvalidArgumentError } from 'commander';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { whole } from '../whole.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const milliseconds = (text: string): number => {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It is a number and s, m, h or d, such as 36h.');
  return Number(number) * (UNITS[unit] ?? 0);
};

const selecting = (command: Command): Command =>
  command
    .option('--id <id>', 'this one: the id of the delivery, or of the SQS message')
    .option('--type <type>', 'of this type')
    .option('--reason <text>', 'whose cause has this in it, such as unknown_type or "gave up"')
    .option('--user <user_id>', 'that concern this user')
    .option('--older-than <span>', 'that arrived longer ago than this, such as 90m, 36h or 2d', milliseconds)
    .option('--would-apply', 'that would change the table now')
    .option('--all', 'all of them')
    .option('--limit <n>', 'so many at most, the oldest first', whole);

/** Adds `dlq` and what is below it. */
export const addDlqCommand = (program: Command, target: () => Promise<Target>, settle: (status: number) => void): void => {
  const dlq = program
    .command('dlq')
    .summary('the dead-letter queue: what is there, why, and what comes of sending it again')
    .description('The dead-letter queue: what was parked because it was not understood, and what apply gave up on.');

  dlq
    .command('list')
    .summary('every message, per cause and one by one')
    .description(
      'Shows every message: what it is, why it is here, when it expires, and what redriving it now would do. Changes nothing.',
    )
    .option('--limit <n>', 'how many to show one by one', whole, 20)
    .option('--reveal', 'show whole e-mail addresses', false)
    .option('--json', 'for machines: all of them', false)
    .addHelpText(
      'after',
      `\nExit status: 0 the queue is empty; 1 it is not.\n\nExamples:\n  ${CALLED} dlq list\n  ${CALLED} dlq list --json | jq -r ".[].cause" | sort | uniq -c`,
    )
    .action(async (options) => {
      const { listLetters } = await import('./commands.ts');
      settle(await listLetters(await target(), options));
    });

  dlq
    .command('show')
    .summary('one message whole')
    .description('Shows one message whole: its body as it came, the item that it concerns, and the query that finds its traces.')
    .argument('<id>', 'the id of the delivery, or of the SQS message')
    .option('--reveal', 'show whole e-mail addresses', false)
    .option('--json', 'for machines', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} dlq show 1c5c370c617a4c7d24555511`)
    .action(async (id: string, options) => {
      const { showLetter } = await import('./commands.ts');
      settle(await showLetter(await target(), id, options));
    });

  selecting(dlq.command('redrive'))
    .summary('send messages back to the queue')
    .description(
      'Sends messages back to the queue, each before it is taken off here; what would only fail and come back stays. A dry run, unless --yes is given.',
    )
    .option('--yes', 'do it', false)
    .option('--even-if-failing', 'also what is still not understood, or would fail again', false)
    .option('--rate <n>', 'messages per second, at most', whole, 100)
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some could not be sent.\n\nExamples:\n  ${CALLED} dlq redrive --would-apply\n  ${CALLED} dlq redrive --reason "gave up" --rate 50 --yes`,
    )
    .action(async ({ yes, evenIfFailing, rate, json, ...selection }) => {
      const { redrive } = await import('./commands.ts');
      settle(await redrive(await target(), { selection, yes, evenIfFailing, rate, json }));
    });

  selecting(dlq.command('drop'))
    .summary('take messages off for good')
    .description(
      'Takes messages off for good, after writing them to a file. Asks for their number first; without a terminal it is a dry run, unless --yes is given.',
    )
    .option('--export <file>', 'the file, one JSON line per message (default: dropped-<time>.jsonl)')
    .option('--yes', 'do it without asking', false)
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some could not be dropped.\n\nExamples:\n  ${CALLED} dlq drop --id 1c5c370c617a4c7d24555511\n  ${CALLED} dlq drop --reason not_json --older-than 7d --yes`,
    )
    .action(
      async ({ yes, json, export: file = `dropped-${new Date().toISOString().replaceAll(':', '-')}.jsonl`, ...selection }) => {
        const { drop } = await import('./commands.ts');
        settle(await drop(await target(), { selection, yes, json, export: file }));
      },
    );

  dlq
    .command('import')
    .summary('bring back what drop took off')
    .description(
      'Puts what drop has written to a file back on the dead-letter queue, but for what is there already. It then waits for as long as a new message. A dry run, unless --yes is given.',
    )
    .argument('<file>', 'the file that drop wrote')
    .option('--yes', 'do it', false)
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some could not be put back.\n\nExamples:\n  ${CALLED} dlq import dropped-2026-11-23T02-15-00.000Z.jsonl\n  ${CALLED} dlq import dropped.jsonl --yes`,
    )
    .action(async (file: string, options) => {
      const { importLetters } = await import('./commands.ts');
      settle(await importLetters(await target(), file, options));
    });

  dlq
    .command('watch')
    .summary('a live view of counts, age and rate')
    .description('Shows, again and again, the counts per cause, the oldest, how fast they come, and what is on the queue before.')
    .option('--every <seconds>', 'seconds between two looks', whole, 10)
    .option('--times <n>', 'so many looks, and then an end', whole)
    .option('--json', 'for machines: a line per look', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} dlq watch --every 5`)
    .action(async ({ every, times, json }) => {
      const { watch } = await import('./commands.ts');
      settle(await watch(await target(), { every, times, json }));
    });
};
