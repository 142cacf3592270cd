import { isolateProcess, type LeaveOut, startStack } from '../emulator/index.ts';
import { readParts } from '../functions/core/stack-contract.ts';
import { tokenProblem } from '../functions/ingest/token-form.ts';
import { NO_TOKEN_YET, parseTokens, type Tokens } from '../functions/ingest/tokens.ts';
import { type CommonOptions, DEFAULT_PORT, portOf } from './command.ts';
import { startConsole } from './console/console.ts';
import type { Called } from './console/inspect.ts';
import { createNarrator } from './deliveries/narrator.ts';
import { createObserver } from './deliveries/observer.ts';
import { createRefusals } from './deliveries/refusals.ts';
import { openDataFolder } from './disk/data-folder.ts';
import { openLogFile } from './disk/log-file.ts';
import { claimStackFile, removeStackFile, writeStackFile } from './disk/stack-file.ts';
import { isOfTest, onEndOfParent } from './end-of-parent.ts';
import { createEnding, type Ending } from './ending.ts';
import { createForwarder, LOCAL_SECRET } from './forward-events.ts';
import { startFractal } from './fractal/fractal.ts';
import { EXAMPLE, greeting } from './greeting.ts';
import { onEndOfNpm } from './npm-parent.ts';
import { complain, surviveLostOutput } from './output.ts';
import { startHistory } from './start-history.ts';

export interface RunOptions extends CommonOptions {
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly data?: string;
  /** Default: the stack that contains a receiver. */
  readonly stack?: string;
  /** Called for each resource that cannot run locally. Without it, such a resource is an error. */
  readonly leaveOut?: LeaveOut;
  /** The commands that start this stack and the on-call command line, for messages. */
  readonly called: Called;
  /** Returns the folder of the cloud assembly. `begun` is disposed at the end. */
  assemble(begun: AsyncDisposableStack): Promise<string>;
}

/** Runs a stack until a signal or an error ends it, and then exits the process. */
export const run = async (options: RunOptions): Promise<void> => {
  isolateProcess();
  surviveLostOutput();
  const ending = createEnding();
  try {
    await start(options, ending);
  } catch (error) {
    if (!ending.isNear()) complain('error', describeFailure(error as Error, options.called.start));
    await ending.end(1);
  }
};

const tokensOf = (secret: string): Tokens => {
  try {
    const tokens = parseTokens(secret);
    const [problem] = [...tokens.values()].flat().flatMap((token) => tokenProblem(token) ?? []);
    if (problem) throw new Error(`a token is invalid: ${problem}`);
    return tokens;
  } catch (error) {
    throw new Error(`FRACTAL_WEBHOOK_TOKENS: ${(error as Error).message}`);
  }
};

const openLog = async (path: string | undefined, begun: AsyncDisposableStack): Promise<(line: string) => void> => {
  if (path === undefined) return () => {};
  const log = await openLogFile(path, (reason) =>
    complain('warning', `The log file ${path} cannot be written: ${reason}. The stack keeps running without it.`),
  );
  begun.defer(log.close);
  return log.write;
};

/** Only the receiver's functions have a variable with such a value: its version, and a hash. */
const RELEASE = /^\d+\.\d+\.\d+\S*\+[0-9a-f]{12}$/;

const start = async (options: RunOptions, { begun, end }: Ending): Promise<void> => {
  const { data, dynamodb, stackFile, visibilityTimeout, called } = options;
  const port = portOf(process.env.PORT || DEFAULT_PORT);
  const configured = process.env.FRACTAL_WEBHOOK_TOKENS;
  const secret = configured ?? EXAMPLE.token;
  const tokens = tokensOf(secret);
  onEndOfParent(() => end(0));
  await onEndOfNpm(() => end(0));
  begun.use(await claimStackFile(stackFile));
  if (data) begun.use(await openDataFolder(data));

  const observer = createObserver(Date.now);
  const narrator = createNarrator(console.log);
  const refusals = createRefusals((exchange, cause) => {
    narrator.exchange(exchange, cause);
    observer.exchange(exchange, cause);
  });
  const onLog = await openLog(options.log, begun);
  const { forwardEvents } = options;
  const forwarder = forwardEvents
    ? createForwarder(forwardEvents, { say: (problem) => complain('warning', problem), tried: observer.forwardedItself })
    : undefined;
  if (forwarder) begun.defer(async () => forwarder.stop());
  const fractal = await startFractal(port && port + 2);
  begun.defer(fractal.stop);
  let forwardsItself = false;
  const stack = await startStack({
    assembly: await options.assemble(begun),
    stack: {
      name: options.stack,
      output: 'WebhookUrl',
      what: 'a receiver',
      chosenBy: { stack: '--stack', assembly: '--assembly' },
    },
    tempPrefix: 'fractal-webhooks-',
    // Without an earlier version that is live, there is nothing to check.
    notRun: ['Custom::ReleaseCheck'],
    functionNames: ['apply', 'ingest', 'publish', 'forward'],
    // A person compares with the command.
    unscheduled: ['ComparisonDaily'],
    leaveOut: options.leaveOut,
    port,
    dynamodb,
    dataDir: data,
    secretOf: ({ GenerateSecretString: { GenerateStringKey: until, PasswordLength: length } = {} }) => {
      if (until === NO_TOKEN_YET) return { value: secret, override: configured !== undefined };
      // That of forwardTo has no name of its own.
      return length === undefined ? undefined : { value: LOCAL_SECRET, override: true };
    },
    views: { outcomes: narrator.outcomes },
    visibilityTimeout,
    environment: {
      AUTH_URL: fractal.url,
      RESOURCE_URL: fractal.url,
      KRAKEN_URL: fractal.url,
      PAUSE_SECONDS: '1',
      // Nothing made up leaves this machine.
      FORWARD_URL: forwardEvents ?? `${fractal.url}/backend`,
    },
    onExchange: (exchange) => {
      refusals.exchange(exchange);
      if (exchange.status === 202) fractal.sent(exchange.body);
    },
    onLine: console.log,
    onFunctionLine: ({ text, from, environment, isKept }) => {
      const isOfReceiver = RELEASE.test(environment.RELEASE ?? '');
      if (isOfReceiver) observer.functionLine(text, from);
      if (!isKept) return;
      onLog(text);
      if (!isOfReceiver) return console.log(text);
      refusals.line(text);
      narrator.line(text);
    },
    onAlarm: narrator.alarm,
    onEvent: (event) => {
      narrator.event(event);
      observer.event(event);
      if (!forwardsItself) forwarder?.forward(event);
    },
  });
  begun.defer(() => stack.stop());
  const { endpointUrl: awsEndpointUrl, region, outputs } = stack;
  const parts = readParts(outputs);
  if (!parts) throw new Error('The stack is not a receiver of this release: it lacks outputs.');
  forwardsItself = parts.forwardUrl !== undefined;
  await startHistory(awsEndpointUrl, region, parts);
  const running = { fractalUrl: fractal.url, awsEndpointUrl, region, outputs, tokens: Object.fromEntries(tokens), ...parts };
  const page = await startConsole({
    port: port && port + 1,
    stack: running,
    stackFile,
    called,
    observer,
    running: stack,
    forwardsTo: forwardEvents ?? (forwardsItself ? 'the local stack itself' : undefined),
  });
  begun.defer(page.stop);
  const file = { consoleUrl: page.url, ...running };
  await writeStackFile(stackFile, file);
  begun.defer(() => removeStackFile(stackFile, file));
  // A failed test prints the output: the greeting would only bury what happened.
  if (!isOfTest()) console.log(greeting(file, tokens, data ? `${dynamodb}, data in ${data}` : dynamodb, called.oncall));
  if (forwardEvents) console.log(`Events are sent to ${forwardEvents}, signed with ${LOCAL_SECRET}.\n`);
};

const describeFailure = (error: NodeJS.ErrnoException, start: string): string => {
  if (error.syscall !== 'listen') return error.message;
  const port = process.env.PORT || DEFAULT_PORT;
  const problem = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.message})`;
  return `Port ${port} ${problem}. Choose another with PORT=3001 ${start}, or any free one with PORT=0.`;
};
