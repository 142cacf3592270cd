import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RunningStack } from '../../emulator/index.ts';
import { humanPartition, userPartition } from '../../functions/core/facets.ts';
import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import { signatureFor } from '../../functions/ingest/tokens.ts';
import { createStateReader } from '../../functions/state-reader.ts';
import { maskPersonalIn } from '../../functions/words/personal.ts';
import type { Observer } from '../deliveries/observer.ts';
import type { StackFile } from '../disk/stack-file.ts';
import { createLive } from './live.ts';
import { createOncall } from './oncall.ts';
import { answer, answerJson, beginStream, readJson, refusalOf } from './requests.ts';
import { alarmOf, alarmView, homeView } from './views/alarms.ts';
import type { View } from './views/block.ts';
import { deliveryView } from './views/delivery.ts';
import { partView } from './views/part.ts';
import { fractalView, personView } from './views/person.ts';
import type { Judged } from './views/verdict.ts';

/** The scripts of the page. */
const SCRIPTS = ['console.js', 'words.js', 'state.js', 'list.js', 'inspector.js', 'tools.js', 'dashboard.js'];

const UPDATE_EVERY_MS = 300;
const ALARMS_EVERY_MS = 1_000;

export interface ConsoleOptions {
  /** Any free one, if it is 0 or taken. */
  readonly port: number;
  readonly stack: Omit<StackFile, 'consoleUrl'>;
  readonly stackFile: string;
  /** The command line, as it is typed here. */
  readonly oncall: string;
  readonly observer: Observer;
  readonly running: Pick<RunningStack, 'widgets' | 'graphs' | 'queue' | 'disabledSources' | 'view'>;
  /** Where events are forwarded to, if anywhere. */
  readonly forwardsTo: string | undefined;
}

type Serve = (message: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> | void;

/** Serves the console: whether every delivery is accounted for, where each one is, the template's dashboard, and tools to try the stack. */
export const startConsole = async (options: ConsoleOptions) => {
  const { port, stack, stackFile, oncall, observer, running, forwardsTo } = options;
  const { awsEndpointUrl: endpoint, region, webhookUrl, tableName, tokens, queueUrl } = stack;
  const client = { endpoint, region, credentials: { accessKeyId: 'console', secretAccessKey: 'local' } };
  const run = createOncall(stackFile);
  const table = createStateReader(new DynamoDBClient(client), tableName);
  let applicable: number | undefined;

  const queueAt = (url: string | undefined) => (url === undefined ? undefined : running.queue(url));
  const queueName = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
  const { state, since } = createLive({
    observer,
    oncall,
    forwardsTo,
    now: Date.now,
    applicable: () => applicable,
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
      runbookSections(String(contentOf('../oncall/RUNBOOK.md', join(import.meta.dirname, '../../oncall/RUNBOOK.md')))),
    );
    return runbook;
  };

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

  const send: Serve = async (message, response) => {
    const { body, signature } = await readJson(message);
    const bytes = Buffer.from(body);
    const valid = signatureFor(new Map(Object.entries(tokens)), bytes, typeOf(bytes));
    const signed = signature === 'valid' ? (valid ?? 'none') : `sha1=${'0'.repeat(40)}`;
    const headers = { 'content-type': 'application/json', ...(signature !== 'none' && { 'x-fractal-signature': signed }) };
    const answered = await fetch(webhookUrl, { method: 'POST', headers, body });
    answerJson(response, { status: answered.status, body: await answered.text() });
  };

  /** Invokes a custom widget as CloudWatch does, one call at a time: concurrent reads of a queue hide its messages from each other. */
  let turn: Promise<unknown> = Promise.resolve();
  const widget: Serve = async (message, response) => {
    const { endpoint: FunctionName, parameters = {} } = await readJson(message);
    const widgetContext = { dashboardName: 'local', theme: 'light', params: parameters };
    const Payload = JSON.stringify({ ...parameters, widgetContext });
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const invoked = turn.then(() => new LambdaClient(client).send(new InvokeCommand({ FunctionName, Payload })));
    turn = invoked.catch(() => {});
    const { Payload: answered } = await invoked;
    const markup = JSON.parse(answered?.transformToString() ?? 'null');
    const [, number] = /Redrive the (\d+) that would apply/.exec(String(markup)) ?? [];
    if (!('action' in parameters)) applicable = number === undefined ? undefined : Number(number);
    answerJson(response, markup);
  };

  const faults: Serve = async (message, response) => {
    const change = { method: 'PUT', body: JSON.stringify(await readJson(message)) };
    const answered = await fetch(`${endpoint}/_local/faults`, change);
    answer(response, answered.status, 'application/json', await answered.text());
  };

  // Where a comparison is kept until the next.
  const compared = join(tmpdir(), `fractal-webhooks-compared-${process.pid}.json`);
  const reconcile = (...args: readonly string[]) => run('reconcile', '--file', compared, ...args);
  const addresses = {
    Webhook: webhookUrl,
    'AWS endpoint': endpoint,
    Table: tableName,
    ...(stack.fractalUrl !== undefined && { "Fractal's API, played": stack.fractalUrl }),
  };

  const viewOf = async (what: string, at: string): Promise<View | undefined> => {
    const [, kind, id = ''] = /^(delivery|user|fractal|items|alarm)-(.*)$/s.exec(what) ?? [];
    switch (kind) {
      case 'delivery': {
        const one = observer.journal.deliveries().find(({ number }) => number === Number(id));
        return one && deliveryView(one, running.queue(queueUrl).receivesAtMost);
      }
      case 'user':
        return personView(run, id, at, stack.historyTableName !== undefined);
      case 'fractal':
        return fractalView(reconcile, id);
      case 'items': {
        const found = await Promise.all([userPartition, humanPartition].map((partition) => table.under(partition(id))));
        return {
          title: '',
          turn: 'rest',
          blocks: [{ title: '', pre: maskPersonalIn(JSON.stringify(found.flat(), undefined, 2)) }],
        };
      }
      case 'alarm':
        return alarmView(id, await alarms());
      default:
        return what === '' ? homeView(await alarms(), addresses, oncall) : partView(what, state().state, await alarms());
    }
  };

  /** What the inspector shows. */
  const view: Serve = async (_, response, query) => {
    const found = await viewOf(query.get('of') ?? '', query.get('at') ?? '');
    if (found) answerJson(response, found);
    else answer(response, 404, 'text/plain', 'There is nothing of this name. Of deliveries, the last 500 are kept.');
  };

  /** Redrives a dead letter, or heals a level, by the on-call command line. */
  const act: Serve = async (message, response) => {
    const { does, about } = await readJson(message);
    if (does === 'redrive') answerJson(response, await run('dlq', 'redrive', '--id', String(about), '--yes'));
    else {
      const { id, level } = JSON.parse(about);
      answerJson(response, await reconcile('--user', String(id), '--level', String(level), '--yes'));
    }
  };

  const page = (name: string, type: string): [string, Serve] => [`GET /${name}`, file(`page/${name}`, `page/${name}`, type)];
  const routes: Readonly<Record<string, Serve>> = {
    'GET /': file('page/index.html', 'page/index.html', 'text/html'),
    ...Object.fromEntries(SCRIPTS.map((name) => page(name, 'text/javascript'))),
    ...Object.fromEntries([
      page('console.css', 'text/css'),
      page('icon.svg', 'image/svg+xml'),
      page('icon-you.svg', 'image/svg+xml'),
    ]),
    'GET /uplot.js': file('page/uPlot.esm.js', 'uplot/dist/uPlot.esm.js', 'text/javascript'),
    'GET /uplot.css': file('page/uPlot.min.css', 'uplot/dist/uPlot.min.css', 'text/css'),
    'GET /live': live,
    'GET /view': view,
    'GET /body': (_, response, query) => {
      const one = observer.journal.deliveries().find(({ number }) => number === Number(query.get('number')));
      answerJson(response, one?.body ?? '');
    },
    'GET /dashboard': (_, response) => answerJson(response, { widgets: running.widgets(), webhookUrl, forwardsTo }),
    'GET /graphs': (_, response) => answerJson(response, running.graphs()),
    'POST /act': act,
    'PUT /faults': faults,
    'POST /send': send,
    'POST /widget': widget,
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
    },
  };
};

/** How often messages were deleted by someone who is no function of the stack. */
const deletionsIn = (calls: Readonly<Record<string, number>>): number =>
  Object.entries(calls).reduce(
    (sum, [call, count]) => (/^(?!\w*Function)\S+ sqs (DeleteMessage|PurgeQueue)/.test(call) ? sum + count : sum),
    0,
  );

/** Serves a file of this folder, or of an installed package. */
const file = (name: string, installed: string, type: string): Serve => {
  const content = contentOf(name, installed);
  return (_, response) => answer(response, 200, type, content);
};

const contentOf = (name: string, installed: string): Buffer => {
  const beside = join(import.meta.dirname, name);
  return readFileSync(existsSync(beside) ? beside : createRequire(import.meta.url).resolve(installed));
};

const typeOf = (bytes: Uint8Array): string => parseNotification(bytes, Date.now()).type ?? ALL_OTHER_TYPES;
