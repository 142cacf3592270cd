import { type Command, InvalidArgumentError } from 'commander';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { whole } from '../whole.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const milliseconds = (text: string): number => {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It must be a number followed by s, m, h or d, such as 36h.');
  return Number(number) * (UNITS[unit] ?? 0);
};

const selecting = (command: Command): Command =>
  command
    .option('--id <id>', 'the message with this delivery id or SQS message id')
    .option('--type <type>', 'messages of this type')
    .option('--reason <text>', 'messages whose cause contains this text, such as unknown_type or "gave up"')
    .option('--user <user_id>', 'messages about this user')
    .option('--older-than <span>', 'messages that arrived longer ago than this, such as 90m, 36h or 2d', milliseconds)
    .option('--would-apply', 'messages that would change the table now')
    .option('--all', 'all messages')
    .option('--limit <n>', 'at most this many messages, oldest first', whole);

/** Adds `dlq` and its subcommands. */
export const addDlqCommand = (program: Command, target: () => Promise<Target>, settle: (status: number) => void): void => {
  const dlq = program
    .command('dlq')
    .summary('list, redrive, drop and import dead letters')
    .description(
      'Lists, redrives, drops and imports dead letters: messages that were parked because they were not understood, and messages that apply gave up on.',
    );

  dlq
    .command('list')
    .summary('list all messages, by cause and one by one')
    .description(
      'Lists all messages with their type, why they are here, when they expire, and what redriving them now would do. Changes nothing.',
    )
    .option('--limit <n>', 'how many messages to list one by one', whole, 20)
    .option('--reveal', 'show full e-mail addresses', false)
    .option('--json', 'print all messages as JSON', false)
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
    .summary('show one message in full')
    .description(
      'Shows one message in full: its body as received, the item that it concerns, and a CloudWatch Logs Insights query that finds its log lines.',
    )
    .argument('<id>', 'the delivery id or SQS message id')
    .option('--reveal', 'show full e-mail addresses', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} dlq show 1c5c370c617a4c7d24555511`)
    .action(async (id: string, options) => {
      const { showLetter } = await import('./commands.ts');
      settle(await showLetter(await target(), id, options));
    });

  selecting(dlq.command('redrive'))
    .summary('send messages back to the main queue')
    .description(
      'Sends messages back to the main queue, then deletes them from the dead-letter queue. Skips messages that would fail again. A dry run, unless you add --yes.',
    )
    .option('--yes', 'send the messages', false)
    .option('--even-if-failing', 'also send messages that are still not understood or would fail again', false)
    .option('--rate <n>', 'at most this many messages per second', whole, 100)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some messages could not be sent or read.\n\nExamples:\n  ${CALLED} dlq redrive --would-apply\n  ${CALLED} dlq redrive --reason "gave up" --rate 50 --yes`,
    )
    .action(async ({ yes, evenIfFailing, rate, json, ...selection }) => {
      const { redrive } = await import('./commands.ts');
      settle(await redrive(await target(), { selection, yes, evenIfFailing, rate, json }));
    });

  selecting(dlq.command('drop'))
    .summary('delete messages for good')
    .description(
      'Writes messages to a file, then deletes them for good. In a terminal, asks for confirmation. Otherwise it is a dry run unless you add --yes.',
    )
    .option('--export <file>', 'the file to write, one JSON line per message (default: dropped-<time>.jsonl)')
    .option('--yes', 'delete without asking', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some messages could not be deleted or read.\n\nExamples:\n  ${CALLED} dlq drop --id 1c5c370c617a4c7d24555511\n  ${CALLED} dlq drop --reason not_json --older-than 7d --yes`,
    )
    .action(
      async ({ yes, json, export: file = `dropped-${new Date().toISOString().replaceAll(':', '-')}.jsonl`, ...selection }) => {
        const { drop } = await import('./commands.ts');
        settle(await drop(await target(), { selection, yes, json, export: file }));
      },
    );

  dlq
    .command('import')
    .summary('put dropped messages back')
    .description(
      'Reads a file that drop wrote, and puts its messages back on the dead-letter queue, except those that are already there. Their retention period starts again. A dry run, unless you add --yes.',
    )
    .argument('<file>', 'the file that drop wrote')
    .option('--yes', 'put the messages back', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 some messages could not be put back.\n\nExamples:\n  ${CALLED} dlq import dropped-2026-11-23T02-15-00.000Z.jsonl\n  ${CALLED} dlq import dropped.jsonl --yes`,
    )
    .action(async (file: string, options) => {
      const { importLetters } = await import('./commands.ts');
      settle(await importLetters(await target(), file, options));
    });

  dlq
    .command('watch')
    .summary('watch the counts, age and growth live')
    .description(
      'Shows the counts per cause, the age of the oldest message, the growth per minute, and the length of the main queue. Refreshes until you stop it.',
    )
    .option('--every <seconds>', 'seconds between two refreshes', whole, 10)
    .option('--times <n>', 'stop after this many refreshes', whole)
    .option('--json', 'print JSON, one line per refresh', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} dlq watch --every 5`)
    .action(async ({ every, times, json }) => {
      const { watch } = await import('./commands.ts');
      settle(await watch(await target(), { every, times, json }));
    });
};
