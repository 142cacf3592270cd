import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_STACK_FILE } from './stack-file.ts';

/** The options of every command that runs a stack. */
export interface CommonOptions {
  /** Seconds; instead of the template's. */
  readonly visibilityTimeout?: number;
  readonly stack?: string;
  readonly log?: string;
  readonly forwardEvents?: string;
  readonly stackFile: string;
}

/** What the command line of `npm start` says. */
export interface StartOptions extends CommonOptions {
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly installation?: string;
  readonly data?: string;
  readonly assembly?: string;
}

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 43_200)
    throw new InvalidArgumentError('It is a number of seconds, 0 to 43200.');
  return value;
};

const loopback = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHere = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (!isHere) throw new InvalidArgumentError('It is a URL on this machine, such as http://127.0.0.1:4000/hook.');
  return text;
};

/** A command that runs a stack, with the options that each has. */
export const createCommand = (called: string, description: string) =>
  new Command(called)
    .description(description)
    .option(
      '--visibility-timeout <seconds>',
      "the queue's, instead of the template's: how long until a failed message comes again",
      seconds,
    )
    .option('--stack <name>', 'the stack with the receiver, if the assembly has several')
    .option('--log <file>', 'keep the lines that the functions log in this file, as CloudWatch Logs would')
    .option('--forward-events <url>', 'post each event to a program on this machine, until it answers 2xx', loopback)
    .option('--stack-file <file>', 'where to say what runs where', DEFAULT_STACK_FILE)
    .addHelpText(
      'after',
      `
Environment:
  PORT                     the webhook's port (default 3000; 0 for any free one)
  FRACTAL_WEBHOOK_TOKENS   the secret's value: a token, or JSON from type (or "*") to tokens
                           (default: the token of Fractal's documented example)`,
    );

/** Reads the command line of `npm start`. For `--help`, and for what it does not know, it ends the process. */
export const readCommandLine = (): StartOptions =>
  createCommand('npm start --', 'Runs the whole receiver on this machine, from the synthesized template.')
    .addOption(
      new Option('--dynamodb <engine>', "what plays DynamoDB; amazon is Amazon's DynamoDB Local, which you install first")
        .choices(['dynalite', 'amazon'] as const)
        .default('dynalite' as const),
    )
    .option('--installation <name>', 'which one of infra/installations.ts to run (default: the first)')
    .option('--data <dir>', 'keep table, queues and secret in this folder across restarts', (path) => resolve(path))
    .option('--assembly <dir>', 'run this cloud assembly instead of synthesizing one')
    .addHelpText(
      'after',
      `Examples:
  npm start
  npm start -- --forward-events http://127.0.0.1:4000/hook
  PORT=0 npm start -- --dynamodb amazon --data .local/data`,
    )
    .parse()
    .opts();

export const DEFAULT_PORT = '3000';

/** @throws Error if it is no port */
export const portOf = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`PORT is "${text}"; it must be 0 to 65535.`);
};
