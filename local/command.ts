import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_STACK_FILE } from './disk/stack-file.ts';

/** The options common to the commands that run a stack. */
export interface CommonOptions {
  /** In seconds. Default: the template's. */
  readonly visibilityTimeout?: number;
  readonly stack?: string;
  readonly log?: string;
  readonly forwardEvents?: string;
  readonly stackFile: string;
}

/** The options of `npm start`. */
export interface StartOptions extends CommonOptions {
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly installation?: string;
  readonly data?: string;
  readonly assembly?: string;
}

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 43_200)
    throw new InvalidArgumentError('Must be a number of seconds from 0 to 43200.');
  return value;
};

const loopback = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (!isHere) throw new InvalidArgumentError('Must be a URL on this machine, such as http://127.0.0.1:4000/hook.');
  if (url.username || url.password) throw new InvalidArgumentError('Must have no user name and no password.');
  return text;
};

/** A command that runs a stack, with the common options. */
export const createCommand = (called: string, description: string) =>
  new Command(called)
    .description(description)
    .option('--visibility-timeout <seconds>', "how long until a failed message is redelivered (default: the template's)", seconds)
    .option('--stack <name>', 'the stack with the receiver, if the assembly contains several')
    .option('--log <file>', 'append the log lines of the functions to this file')
    .option(
      '--forward-events <url>',
      'send each event to this URL on this machine, as forwardTo does; retried, thirty times at most, until it answers 2xx',
      loopback,
    )
    .option('--stack-file <file>', 'where to write the URLs and names of the running stack', DEFAULT_STACK_FILE)
    .addHelpText(
      'after',
      `
Environment:
  PORT                     the webhook's port (default 3000; 0 for any free one)
  FRACTAL_WEBHOOK_TOKENS   the value of the secret: a token, or JSON that maps types (or "*") to tokens
                           (default: the token of the example in Fractal's documentation)`,
    );

/** Parses the command line of `npm start`. Exits the process after `--help` and on invalid options. */
export const readCommandLine = (): StartOptions =>
  createCommand('npm start --', 'Runs the complete receiver on this machine from its synthesized template.')
    .addOption(
      new Option('--dynamodb <engine>', "the DynamoDB emulator; amazon is Amazon's DynamoDB Local, which must be installed first")
        .choices(['dynalite', 'amazon'] as const)
        .default('dynalite' as const),
    )
    .option('--installation <name>', 'the installation in infra/installations.ts to run (default: the first)')
    .option('--data <dir>', 'keep the table, the queues and the secret in this folder across restarts', (path) => resolve(path))
    .option('--assembly <dir>', 'run this cloud assembly instead of synthesizing one')
    .addHelpText(
      'after',
      `
Examples:
  npm start
  npm start -- --forward-events http://127.0.0.1:4000/hook
  PORT=0 npm start -- --dynamodb amazon --data .local/data`,
    )
    .parse()
    .opts();

export const DEFAULT_PORT = '3000';

/** @throws Error if `text` is not a port from 0 to 65535 */
export const portOf = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`PORT is "${text}"; it must be a number from 0 to 65535.`);
};
