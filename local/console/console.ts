import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { sign } from '../../functions/ingest/signature.ts';
import { createStateReader } from '../../functions/state-reader.ts';
import type { StackFile } from '../stack-file.ts';
import type { Graph, Widget } from './graphs.ts';
import type { Journal } from './journal.ts';
import { answer, answerJson, beginStream, readJson, refusalOf } from './requests.ts';

const TELL_EVERY_MS = 300;

export interface ConsoleOptions {
  /** Any free one, if it is 0 or taken. */
  readonly port: number;
  readonly stack: StackFile;
  readonly journal: Journal;
  widgets(): readonly Widget[];
  graphs(): readonly Graph[];
}

type Serve = (message: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> | void;

/** The stack in the browser: the dashboard of its template, its alarms, what is delivered, and what a person wants to try. */
export const startConsole = async ({ port, stack, journal, widgets, graphs }: ConsoleOptions) => {
  const { awsEndpointUrl: endpoint, region, tableName, webhookUrl, tokens } = stack;
  const client = { endpoint, region, credentials: { accessKeyId: 'console', secretAccessKey: 'local' } };
  const table = createStateReader(new DynamoDBClient(client), tableName);

  // What only the page needs is loaded when it is opened.
  let cloudwatch: CloudWatchClient | undefined;
  const alarms = async () => {
    const sdk = await import('@aws-sdk/client-cloudwatch');
    cloudwatch ??= new sdk.CloudWatchClient(client);
    const { MetricAlarms = [] } = await cloudwatch.send(new sdk.DescribeAlarmsCommand({}));
    return MetricAlarms.map(({ AlarmName: name, StateValue: state, AlarmDescription: description = '' }) => ({
      name,
      state,
      description,
    }));
  };

  /** Tells the page of every change, until it is closed. */
  const live: Serve = async (message, response) => {
    const send = beginStream(response);
    let told = 0;
    let changed = true;
    const end = journal.onChange(() => {
      changed = true;
    });
    let states = '';
    const tell = async (): Promise<void> => {
      const now = await alarms().catch(() => []);
      if (JSON.stringify(now) !== states) send({ alarms: now });
      states = JSON.stringify(now);
      if (!changed) return;
      changed = false;
      // What changed may be one that is older: the last fifty are told again.
      send({ deliveries: journal.deliveries().filter(({ number }) => number > told - 50) });
      told = journal.deliveries().at(-1)?.number ?? 0;
    };
    const timer = setInterval(() => void tell(), TELL_EVERY_MS);
    message.on('close', () => {
      clearInterval(timer);
      end();
    });
    await tell();
  };

  const send: Serve = async (message, response) => {
    const { body, signature } = await readJson(message);
    const [token = ''] = tokens[typeOf(body)] ?? tokens['*'] ?? [];
    const signed = signature === 'right' ? sign(Buffer.from(body), token) : `sha1=${'0'.repeat(40)}`;
    const headers = { 'content-type': 'application/json', ...(signature !== 'none' && { 'x-fractal-signature': signed }) };
    const answered = await fetch(webhookUrl, { method: 'POST', headers, body });
    answerJson(response, { status: answered.status, body: await answered.text() });
  };

  /** What a custom widget answers, as CloudWatch would ask it. */
  const widget: Serve = async (message, response) => {
    const { endpoint: FunctionName, parameters = {} } = await readJson(message);
    const widgetContext = { dashboardName: 'local', theme: 'light', params: parameters };
    const Payload = JSON.stringify({ ...parameters, widgetContext });
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const { Payload: answered } = await new LambdaClient(client).send(new InvokeCommand({ FunctionName, Payload }));
    answerJson(response, JSON.parse(answered?.transformToString() ?? 'null'));
  };

  const faults: Serve = async (message, response) => {
    const change = message.method === 'PUT' && { method: 'PUT', body: JSON.stringify(await readJson(message)) };
    const answered = await fetch(`${endpoint}/_local/faults`, change || {});
    answer(response, answered.status, 'application/json', await answered.text());
  };

  const routes: Readonly<Record<string, Serve>> = {
    'GET /': file('page.html', 'text/html'),
    'GET /console.js': file('console.js', 'text/javascript'),
    'GET /console.css': file('console.css', 'text/css'),
    'GET /uplot.js': file('uPlot.esm.js', 'text/javascript', 'uplot/dist/uPlot.esm.js'),
    'GET /uplot.css': file('uPlot.min.css', 'text/css', 'uplot/dist/uPlot.min.css'),
    'GET /live': live,
    'GET /dashboard': (_, response) => answerJson(response, { widgets: widgets(), stack: { webhookUrl, endpoint } }),
    'GET /graphs': (_, response) => answerJson(response, graphs()),
    'GET /user': async (_, response, query) => answerJson(response, await table.under(`USER#${query.get('id')}`)),
    'GET /faults': faults,
    'PUT /faults': faults,
    'POST /send': send,
    'POST /widget': widget,
  };

  const server = createServer((message, response) => {
    const refusal = refusalOf(message);
    if (refusal !== undefined) return answer(response, 403, 'text/plain', refusal);
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://console');
    const serve = routes[`${message.method} ${pathname}`];
    if (!serve) return answer(response, 404, 'text/plain', 'There is no such page.');
    Promise.resolve(serve(message, response, searchParams)).catch((error) => {
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

/** A file of the page: beside this one, or where it is installed. */
const file = (name: string, type: string, installed?: string): Serve => {
  const beside = join(import.meta.dirname, name);
  const content = readFileSync(existsSync(beside) || !installed ? beside : createRequire(import.meta.url).resolve(installed));
  return (_, response) => answer(response, 200, type, content);
};

const typeOf = (body: string): string => {
  try {
    return String(JSON.parse(body)?.type);
  } catch {
    return '*';
  }
};
