import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Graph, Widget } from '../../emulator/index.ts';
import { humanPartition, userPartition } from '../../functions/core/facets.ts';
import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import { signatureFor } from '../../functions/ingest/tokens.ts';
import { createStateReader } from '../../functions/state-reader.ts';
import type { Journal } from '../deliveries/journal.ts';
import type { StackFile } from '../disk/stack-file.ts';
import { answer, answerJson, beginStream, readJson, refusalOf } from './requests.ts';

const UPDATE_EVERY_MS = 300;

export interface ConsoleOptions {
  /** Any free one, if it is 0 or taken. */
  readonly port: number;
  readonly stack: Omit<StackFile, 'consoleUrl'>;
  readonly journal: Journal;
  widgets(): readonly Widget[];
  graphs(): readonly Graph[];
}

type Serve = (message: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> | void;

/** Serves the console: the dashboard of the template, alarms, deliveries, and tools to try the stack. */
export const startConsole = async ({ port, stack, journal, widgets, graphs }: ConsoleOptions) => {
  const { awsEndpointUrl: endpoint, region, tableName, webhookUrl, tokens } = stack;
  const client = { endpoint, region, credentials: { accessKeyId: 'console', secretAccessKey: 'local' } };
  const table = createStateReader(new DynamoDBClient(client), tableName);

  // Loaded when the page is first opened.
  let cloudwatch: CloudWatchClient | undefined;
  const alarms = async () => {
    const sdk = await import('@aws-sdk/client-cloudwatch');
    cloudwatch ??= new sdk.CloudWatchClient(client);
    return (await cloudwatch.send(new sdk.DescribeAlarmsCommand({}))).MetricAlarms ?? [];
  };

  /** Streams every change to the page until it is closed. */
  const live: Serve = async (message, response) => {
    const send = beginStream(response);
    let sent = { states: '', changes: -1, number: 0 };
    const update = async (): Promise<void> => {
      const now = await alarms().catch(() => []);
      const states = JSON.stringify(now);
      const changes = journal.changes();
      if (states !== sent.states) send({ alarms: now });
      // An older delivery may have changed: the last fifty are sent again.
      if (changes !== sent.changes) send({ deliveries: journal.deliveries().filter(({ number }) => number > sent.number - 50) });
      sent = { states, changes, number: journal.deliveries().at(-1)?.number ?? 0 };
    };
    const timer = setInterval(() => void update(), UPDATE_EVERY_MS);
    message.on('close', () => clearInterval(timer));
    await update();
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
    answerJson(response, JSON.parse(answered?.transformToString() ?? 'null'));
  };

  const faults: Serve = async (message, response) => {
    const change = message.method === 'PUT' && { method: 'PUT', body: JSON.stringify(await readJson(message)) };
    const answered = await fetch(`${endpoint}/_local/faults`, change || {});
    answer(response, answered.status, 'application/json', await answered.text());
  };

  // Loaded when the page is first opened.
  const runbook: Serve = async (_, response) => {
    const { runbookSections } = await import('./runbook.ts');
    answerJson(response, runbookSections(String(contentOf('../oncall/RUNBOOK.md', '../../oncall/RUNBOOK.md'))));
  };

  const routes: Readonly<Record<string, Serve>> = {
    'GET /': file('page.html', 'text/html'),
    'GET /console.js': file('console.js', 'text/javascript'),
    'GET /console.css': file('console.css', 'text/css'),
    'GET /uplot.js': file('uPlot.esm.js', 'text/javascript', 'uplot/dist/uPlot.esm.js'),
    'GET /uplot.css': file('uPlot.min.css', 'text/css', 'uplot/dist/uPlot.min.css'),
    'GET /runbook': runbook,
    'GET /live': live,
    'GET /dashboard': (_, response) => answerJson(response, { widgets: widgets(), stack: { webhookUrl, endpoint } }),
    'GET /graphs': (_, response) => answerJson(response, graphs()),
    'GET /user': async (_, response, query) => {
      const items = await Promise.all(
        [userPartition, humanPartition].map((partition) => table.under(partition(query.get('id') ?? ''))),
      );
      answerJson(response, items.flat());
    },
    'GET /faults': faults,
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

/** Serves a file of this folder, or of an installed package. */
const file = (name: string, type: string, installed?: string): Serve => {
  const content = contentOf(name, installed);
  return (_, response) => answer(response, 200, type, content);
};

const contentOf = (name: string, installed?: string): Buffer => {
  const beside = join(import.meta.dirname, name);
  return readFileSync(existsSync(beside) || !installed ? beside : createRequire(import.meta.url).resolve(installed));
};

const typeOf = (bytes: Uint8Array): string => parseNotification(bytes, Date.now()).type ?? ALL_OTHER_TYPES;
