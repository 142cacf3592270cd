import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noToken } from '../functions/ingest/token-form.ts';
import { parseTokens, type Tokens } from '../functions/ingest/tokens.ts';
import { INSTALLATIONS } from '../infra/installations.ts';
import { DEFAULT_PORT, portOf, readCommandLine } from './command.ts';
import { openDataFolder } from './data-folder.ts';
import { createEnding } from './ending.ts';
import { createTally } from './endpoint/tally.ts';
import { createForwarder } from './forward-events.ts';
import { EXAMPLE, greeting } from './greeting.ts';
import { isolateProcess } from './isolation.ts';
import { type LocalStack, startLocalStack } from './local-stack.ts';
import { openLogFile } from './log-file.ts';
import { createNarrator } from './narrator.ts';
import { onEndOfNpm } from './npm-parent.ts';
import { complain, surviveLostOutput } from './output.ts';
import { claimStackFile, removeStackFile, type StackFile, writeStackFile } from './stack-file.ts';
import { keptAssembly } from './template/kept-assembly.ts';
import { synthesize } from './template/synthesize.ts';

const options = readCommandLine();
isolateProcess();
surviveLostOutput();
const { begun, isNear, end } = createEnding();

const tokensOf = (secret: string): Tokens => {
  try {
    const tokens = parseTokens(secret);
    const [problem] = [...tokens.values()].flat().flatMap((token) => noToken(token) ?? []);
    if (problem) throw new Error(`one can't be a token: ${problem}`);
    return tokens;
  } catch (error) {
    throw new Error(`FRACTAL_WEBHOOK_TOKENS: ${(error as Error).message}`);
  }
};

const assemble = async (): Promise<string> => {
  if (options.assembly) return options.assembly;
  const names = Object.keys(INSTALLATIONS);
  const installation = options.installation ?? names[0] ?? '';
  if (!names.includes(installation)) {
    throw new Error(`There is no installation "${installation}" in infra/installations.ts. There are: ${names.join(', ')}.`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-'));
  begun.defer(() => rm(folder, { recursive: true, force: true }));
  const { account: _account, region: _region, ...settings } = INSTALLATIONS[installation] ?? {};
  const kept = await keptAssembly(installation, settings);
  if (await kept.reuse(folder)) {
    console.log(`${installation} is as it was synthesized before: its sources and settings have not changed.`);
    return folder;
  }
  console.log(`Synthesizing ${installation} …`);
  await synthesize(folder, settings, installation);
  await kept.keep(folder);
  return folder;
};

const openLog = async (): Promise<(line: string) => void> => {
  const { log: path } = options;
  if (path === undefined) return () => {};
  const log = await openLogFile(path, (reason) =>
    complain('warning', `The log ${path} can not be written: ${reason}. The stack goes on without it.`),
  );
  begun.defer(log.close);
  return log.write;
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
    ...(outputs.EventBusName !== undefined && {
      eventBusName: outputs.EventBusName,
      eventArchiveArn: output('EventArchiveArn'),
      unpublishedQueueUrl: output('UnpublishedQueueUrl'),
      eventCheckQueueUrl: output('EventCheckQueueUrl'),
      tableStreamArn: output('TableStreamArn'),
    }),
    tokens: Object.fromEntries(tokens),
  };
};

const start = async (): Promise<void> => {
  const { data, dynamodb, stackFile, visibilityTimeout } = options;
  const port = portOf(process.env.PORT || DEFAULT_PORT);
  const configured = process.env.FRACTAL_WEBHOOK_TOKENS;
  const secret = configured ?? EXAMPLE.token;
  const tokens = tokensOf(secret);
  await onEndOfNpm(() => end(0));
  begun.use(await claimStackFile(stackFile));
  if (data) begun.use(await openDataFolder(data));

  const outcomes = createTally();
  const narrator = createNarrator(console.log, outcomes);
  const onLog = await openLog();
  const { forwardEvents } = options;
  const forwarder = forwardEvents && createForwarder(forwardEvents, (problem) => complain('warning', problem));
  if (forwarder) begun.defer(async () => forwarder.stop());
  const stack = await startLocalStack({
    assembly: await assemble(),
    port,
    dynamodb,
    dataDir: data,
    secret: { value: secret, override: configured !== undefined },
    visibilityTimeout,
    onExchange: narrator.exchange,
    onLine: narrator.line,
    onLog,
    onAlarm: narrator.alarm,
    onEvent: (event) => {
      narrator.event(event);
      if (forwarder) forwarder.forward(event);
    },
    outcomes,
  });
  begun.defer(() => stack.stop());
  const file = stackFileOf(stack, tokens);
  await writeStackFile(stackFile, file);
  begun.defer(() => removeStackFile(stackFile, file));
  console.log(greeting(file, tokens, data ? `${dynamodb}, kept in ${data}` : dynamodb));
};

const explain = (error: NodeJS.ErrnoException): string => {
  if (error.syscall !== 'listen') return error.message;
  const port = process.env.PORT || DEFAULT_PORT;
  const problem = error.code === 'EADDRINUSE' ? 'is taken' : `can not be used (${error.message})`;
  return `Port ${port} ${problem}. Choose another with PORT=3001 npm start, or any free one with PORT=0.`;
};

try {
  await start();
} catch (error) {
  if (!isNear()) complain('error', explain(error as Error));
  await end(1);
}
