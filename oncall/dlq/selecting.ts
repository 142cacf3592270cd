import { type Command, InvalidArgumentError } from 'commander';
import { whole } from '../whole.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const milliseconds = (text: string): number => {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It must be a number followed by s, m, h or d, such as 36h.');
  return Number(number) * (UNITS[unit] ?? 0);
};

/** Adds the options that select messages; they are fields of `Selection`. */
export const selecting = (command: Command): Command =>
  command
    .option('--id <id>', 'the message with this delivery id or SQS message id')
    .option('--type <type>', 'messages of this type')
    .option('--reason <text>', 'messages whose cause contains this text, such as unknown_type or "gave up"')
    .option('--user <user_id>', 'messages about this user')
    .option('--older-than <span>', 'messages that arrived longer ago than this, such as 90m, 36h or 2d', milliseconds)
    .option('--would-apply', 'messages that would change the table, or the history, now')
    .option('--all', 'all messages')
    .option('--limit <n>', 'at most this many messages, oldest first', whole);
