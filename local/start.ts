import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
import { sign } from '../functions/ingest/signature.ts';
import { entryFor, parseTokens, type Tokens } from '../functions/ingest/tokens.ts';
import { INSTALLATIONS } from '../infra/installations.ts';
import { createTally } from './endpoint/tally.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { createNarrator } from './narrator.ts';
import { DEFAULT_STACK_FILE, readStackFile, removeStackFile, type StackFile, writeStackFile } from './stack-file.ts';
import { synthesize } from './template/synthesize.ts';

/** Token and body of the example in Fractal's documentation. */
const EXAMPLE = {
  token: '9d7e80c0f169ab94d34392d64617b7517fb07c40',
  body: '{"type":"verification_approved","data":{"level":"basic","user_id":"b5c5a2cd-643e-444b-9591-e7b25fec997d","timestamp":"2020-10-09T10:50:32Z"}}',
};

const DEFAULT_PORT = '3000';
const END_WITHIN_MS = 4_500;

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 43_200)
    throw new InvalidArgumentError('It is a number of seconds, 0 to 43200.');
  return value;
};

const command = new Command('npm start --')
  .description('Runs the whole receiver on this machine, from the synthesized template.')
  .addOption(
    new Option('--dynamodb <engine>', 'what plays DynamoDB')
      .choices(['dynalite', 'amazon'] as const)
      .default('dynalite' as const),
  )
  .option('--installation <name>', 'which one of infra/installations.ts to run (default: the first)')
  .option('--data <dir>', 'keep table, queues and secret in this folder across restarts')
  .option(
    '--visibility-timeout <seconds>',
    "the queue's, instead of the template's: how long until a failed message comes again",
    seconds,
  )
  .option('--assembly <dir>', 'run this cloud assembly instead of synthesizing one')
  .option('--log <file>', 'keep the lines that the functions log in this file, as CloudWatch Logs would')
  .option('--stack-file <file>', 'where to say what runs where', DEFAULT_STACK_FILE)
  .addHelpText(
    'after',
    `
Environment:
  PORT                     the webhook's port (default 3000; 0 for any free one)
  FRACTAL_WEBHOOK_TOKENS   the secret's value: a token, or JSON from type (or "*") to tokens
                           (default: the token of Fractal's documented example)
Examples:
  npm start
  PORT=0 npm start -- --dynamodb amazon --data .local/data`,
  );

const options = command.parse().opts<{
  dynamodb: 'dynalite' | 'amazon';
  installation?: string;
  data?: string;
  visibilityTimeout?: number;
  assembly?: string;
  log?: string;
  stackFile: string;
}>();

const portOf = (text: string): number => {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`PORT is "${text}"; it must be 0 to 65535.`);
};

const tokensOf = (secret: string): Tokens => {
  try {
    return parseTokens(secret);
  } catch (error) {
    throw new Error(`FRACTAL_WEBHOOK_TOKENS: ${(error as Error).message}`);
  }
};

const refuseASecond = async (): Promise<void> => {
  const other = await readStackFile(options.stackFile);
  const answers =
    other &&
    (await fetch(other.awsEndpointUrl).then(
      () => true,
      () => false,
    ));
  if (!answers) return;
  throw new Error(
    `A local stack runs already, at ${other.webhookUrl}. Stop it, or start this one with --stack-file FILE and another PORT.`,
  );
};

const say = (error: unknown): void => {
  const { code, message } = error as NodeJS.ErrnoException;
  const text =
    code === 'EADDRINUSE'
      ? `Port ${process.env.PORT || DEFAULT_PORT} is taken. Choose another with PORT=3001 npm start, or any free one with PORT=0.`
      : message;
  console.error(`${styleText('red', 'error:', { stream: process.stderr })} ${text}`);
};

const stackFileOf = ({ endpointUrl, region, outputs }: LocalStack, tokens: Tokens): StackFile => {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`The stack has no output ${name}.`);
    return value;
  };
  return {
    webhookUrl: output('WebhookUrl'),
    awsEndpointUrl: endpointUrl,
    region,
    tableName: output('TableName'),
    queueUrl: output('QueueUrl'),
    deadLetterQueueUrl: output('DeadLetterQueueUrl'),
    secretId: output('SecretId'),
    alarmTopicArn: output('AlarmTopicArn'),
    tokens: Object.fromEntries(tokens),
  };
};

const greet = ({ webhookUrl, awsEndpointUrl }: StackFile, tokens: Tokens): void => {
  const [token = EXAMPLE.token] = tokens.get(entryFor(tokens, 'verification_approved')) ?? [];
  console.log(`
${styleText('bold', 'fractal-webhooks')} is running.

  webhook        ${webhookUrl}
  AWS endpoint   ${awsEndpointUrl}  (DynamoDB: ${options.dynamodb}${options.data ? `, kept in ${options.data}` : ''})

Fractal's documented example:

curl -i ${webhookUrl} \\
  -H 'Content-Type: application/json' \\
  -H 'X-Fractal-Signature: ${sign(Buffer.from(EXAMPLE.body), token)}' \\
  -d '${EXAMPLE.body}'

npx fractal-webhooks status b5c5a2cd-643e-444b-9591-e7b25fec997d

Ctrl-C stops it. What arrives is told below.
`);
};

const running = new AsyncDisposableStack();
let ending = false;

const end = async (status: number): Promise<void> => {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(status), END_WITHIN_MS);
  await running.disposeAsync();
  process.exit(status);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));

const keepLog = (file: string | undefined): ((line: string) => void) => {
  if (file === undefined) return () => {};
  const log = createWriteStream(file, { flags: 'a', mode: 0o600 });
  return (line) => void log.write(`${line}\n`);
};

const assemble = async (): Promise<string> => {
  if (options.assembly) return options.assembly;
  const names = Object.keys(INSTALLATIONS);
  const installation = options.installation ?? names[0] ?? '';
  if (!names.includes(installation)) {
    throw new Error(`There is no installation "${installation}" in infra/installations.ts. There are: ${names.join(', ')}.`);
  }
  console.log(`Synthesizing ${installation} …`);
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-'));
  running.defer(() => rm(folder, { recursive: true, force: true }));
  const { account: _account, region: _region, ...settings } = INSTALLATIONS[installation] ?? {};
  await synthesize(folder, settings, installation);
  return folder;
};

try {
  const port = portOf(process.env.PORT || DEFAULT_PORT);
  const configured = process.env.FRACTAL_WEBHOOK_TOKENS;
  const secret = configured ?? EXAMPLE.token;
  const tokens = tokensOf(secret);
  await refuseASecond();

  const outcomes = createTally();
  const narrator = createNarrator(console.log, outcomes);
  const stack = await startLocalStack({
    assembly: await assemble(),
    port,
    dynamodb: options.dynamodb,
    dataDir: options.data && resolve(options.data),
    secret: { value: secret, override: configured !== undefined },
    visibilityTimeout: options.visibilityTimeout,
    onExchange: narrator.exchange,
    onLine: narrator.line,
    onLog: keepLog(options.log),
    onAlarm: narrator.alarm,
    outcomes,
  });
  running.defer(() => stack.stop());
  const file = stackFileOf(stack, tokens);
  await writeStackFile(options.stackFile, file);
  running.defer(() => removeStackFile(options.stackFile));
  greet(file, tokens);
} catch (error) {
  say(error);
  await end(1);
}
