import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RunningStack } from '../../emulator/index.ts';
import { createStateReader } from '../../functions/state-reader.ts';
import type { Observer } from '../deliveries/observer.ts';
import type { StackFile } from '../disk/stack-file.ts';
import { contentOf, createFiles } from './files.ts';
import { type Called, createInspect } from './inspect.ts';
import { createLive } from './live.ts';
import { createOncall } from './oncall.ts';
import { answer, answerJson, beginStream, refusalOf, type Serve } from './requests.ts';
import { createTools } from './tools.ts';
import { alarmOf } from './views/alarms.ts';
import type { Judged } from './views/verdict.ts';

const UPDATE_EVERY_MS = 300;
const ALARMS_EVERY_MS = 1_000;

export interface ConsoleOptions {
  /** Any free one, if it is 0 or taken. */
  readonly port: number;
  readonly stack: Omit<StackFile, 'consoleUrl'>;
  readonly stackFile: string;
  readonly called: Called;
  readonly observer: Observer;
  readonly running: Pick<RunningStack, 'widgets' | 'graphs' | 'queue' | 'disabledSources' | 'view'>;
  /** Where events are forwarded to, if anywhere. */
  readonly forwardsTo: string | undefined;
}

/** Serves the console: whether every delivery is accounted for, where each one is, the template's dashboard, and tools to try the stack. */
export const startConsole = async (options: ConsoleOptions) => {
  const { port, stack, stackFile, called, observer, running, forwardsTo } = options;
  const { oncall } = called;
  const { awsEndpointUrl: endpoint, region, webhookUrl, tableName, queueUrl } = stack;
  const client = { endpoint, region, credentials: { accessKeyId: 'console', secretAccessKey: 'local' } };
  const tools = createTools(client, stack);

  const queueAt = (url: string | undefined) => (url === undefined ? undefined : running.queue(url));
  const queueName = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
  const { state, since } = createLive({
    observer,
    oncall,
    forwardsTo,
    now: Date.now,
    applicable: tools.applicable,
    faults: () => running.view('faults') as Judged['faults'],
    isOff: () => running.disabledSources().some((arn) => arn.endsWith(`:${queueName}`)),
    contents: () => ({
      queue: running.queue(queueUrl),
      dead: running.queue(stack.deadLetterQueueUrl),
      unpublished: queueAt(stack.unpublishedQueueUrl),
      toForward: queueAt(stack.forwardQueueUrl),
      unforwarded: queueAt(stack.unforwardedQueueUrl),
      deletions: deletionsIn(running.view('calls') as Readonly<Record<string, number>>),
    }),
  });

  // Loaded when the page is first opened.
  let cloudwatch: CloudWatchClient | undefined;
  const alarms = async () => {
    const sdk = await import('@aws-sdk/client-cloudwatch');
    cloudwatch ??= new sdk.CloudWatchClient(client);
    const { MetricAlarms = [] } = await cloudwatch.send(new sdk.DescribeAlarmsCommand({}));
    return MetricAlarms.map(alarmOf(await sections()));
  };
  // Loaded when the page is first opened.
  let runbook: Promise<Readonly<Record<string, string>>> | undefined;
  const sections = () => {
    runbook ??= import('./runbook.ts').then(({ runbookSections }) =>
      runbookSections(String(contentOf('../oncall/RUNBOOK.md', join(import.meta.dirname, '../../oncall/RUNBOOK.md'))), oncall),
    );
    return runbook;
  };

  const compared = join(tmpdir(), `fractal-webhooks-compared-${process.pid}.json`);
  const inspect = createInspect({
    stack,
    journal: observer.journal,
    table: createStateReader(new DynamoDBClient(client), tableName),
    run: createOncall(stackFile),
    called,
    compared,
    attempts: () => running.queue(queueUrl).receivesAtMost,
    state: () => state().state,
    alarms,
  });

  /** Streams every change to the page until it is closed: in each message, what has changed since the one before. */
  const live: Serve = async (message, response) => {
    const send = beginStream(response);
    let sent = { version: 0, shown: '', alarms: '', alarmsAt: 0 };
    const update = async (): Promise<void> => {
      const isDue = Date.now() - sent.alarmsAt >= ALARMS_EVERY_MS;
      const alarmsNow = isDue
        ? JSON.stringify((await alarms().catch(() => [])).map(({ name, state }) => ({ name, state })))
        : sent.alarms;
      const shownNow = JSON.stringify(state().shown);
      const { rows, version } = since(sent.version);
      const message = {
        ...(shownNow !== sent.shown && JSON.parse(shownNow)),
        ...(alarmsNow !== sent.alarms && { alarms: JSON.parse(alarmsNow) }),
        ...(rows.length > 0 && { rows }),
      };
      if (Object.keys(message).length > 0) send(message);
      sent = { version, shown: shownNow, alarms: alarmsNow, alarmsAt: isDue ? Date.now() : sent.alarmsAt };
    };
    let last: Promise<void> = update();
    const timer = setInterval(() => {
      last = last.then(update).catch(() => {});
    }, UPDATE_EVERY_MS);
    message.on('close', () => clearInterval(timer));
    await last;
  };

  const routes: Readonly<Record<string, Serve>> = {
    ...createFiles(),
    'GET /live': live,
    'GET /dashboard': (_, response) => answerJson(response, { widgets: running.widgets(), webhookUrl, forwardsTo }),
    'GET /graphs': (_, response) => answerJson(response, running.graphs()),
    ...inspect,
    ...tools.routes,
  };

  const server = createServer((message, response) => {
    const refusal = refusalOf(message);
    if (refusal !== undefined) return answer(response, 403, 'text/plain', refusal);
    const url = URL.parse(`http://console${message.url}`);
    const serve = url && routes[`${message.method} ${url.pathname}`];
    if (!serve) return answer(response, 404, 'text/plain', 'Not found.');
    Promise.resolve(serve(message, response, url.searchParams)).catch((error) => {
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'text/plain', String(error));
    });
  });
  const listen = (at: number) =>
    new Promise<void>((ready, failed) => server.once('error', failed).listen(at, '127.0.0.1', ready));
  await listen(port).catch(() => listen(0));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(compared, { force: true });
    },
  };
};

/** How often messages were deleted by someone who is no function of the stack. */
const deletionsIn = (calls: Readonly<Record<string, number>>): number =>
  Object.entries(calls).reduce(
    (sum, [call, count]) => (/^(?!\w*Function)\S+ sqs (DeleteMessage|PurgeQueue)/.test(call) ? sum + count : sum),
    0,
  );
