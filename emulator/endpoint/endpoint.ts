import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import * as v from 'valibot';
import { type AwsRequest, type AwsResponse, awsError, readAwsRequest, type Service } from '../aws/request.ts';
import { createFaults } from '../faults/calls.ts';
import { type Fault, faultsSchema } from '../faults/fault.ts';
import { faultsHelp } from '../faults/help.ts';
import { translateRequest } from './query/protocol.ts';
import { whyRefused } from './strangers.ts';
import { createTally } from './tally.ts';

export interface Endpoint {
  readonly url: string;
  /** The services by name. They are added after the start, because engines need the endpoint's URL. */
  readonly services: Map<string, Service>;
  /** Each can refuse a call before it reaches its service. */
  readonly guards: ((request: AwsRequest) => AwsResponse | undefined)[];
  /** Called for each call that is answered. */
  readonly observers: ((request: AwsRequest, answer: AwsResponse) => void)[];
  /** The fault to inject into an invocation of the function with this logical id, if any. */
  faultOf(functionId: string): Fault | undefined;
  /** Whether a fault fails the next entry of PutEvents. */
  refusesEntry(): boolean;
  /** The JSON values of `GET /_local/<name>`. */
  readonly views: Map<string, () => unknown>;
  stop(): Promise<void>;
}

/**
 * The AWS endpoint for functions, tools and tests. In addition to AWS calls it serves `/_local/`: `GET faults` and `PUT faults`
 * read and set the injected faults (see `GET faults/help`), `GET calls` counts the calls per caller, and `GET injected` the
 * faults.
 *
 * @param functionNames the names of functions in faults
 */
export const startEndpoint = async (functionNames: readonly string[] = []): Promise<Endpoint> => {
  const guards: Endpoint['guards'] = [];
  const observers: Endpoint['observers'] = [];
  const services = new Map<string, Service>();
  const calls = createTally();
  const injected = createTally();
  const faults = createFaults(({ service, fault }) => injected.add(`${service} ${fault}`));
  const views = new Map<string, () => unknown>([
    ['faults', faults.list],
    ['calls', calls.counts],
    ['injected', injected.counts],
  ]);

  const serveAws = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { request, toCaller } = translateRequest(readAwsRequest(message, await buffer(message)));
    calls.add(`${request.accessKeyId} ${request.service} ${request.action}`);
    const service = refusing(request) ?? services.get(request.service) ?? unknownService;
    const served = await faults.serve(request, service);
    if (served.kind === 'broken') return void response.destroy();
    for (const observe of observers) observe(request, served.response);
    const { status, headers, body } = toCaller(served.response);
    if (served.kind === 'answer') return void response.writeHead(status, headers).end(body);
    const bytes = Buffer.from(body);
    response.writeHead(status, { ...headers, 'content-length': bytes.length }).write(bytes.subarray(0, bytes.length / 2));
  };

  const refusing = (request: AwsRequest): Service | undefined => {
    const refusal = guards.map((refuse) => refuse(request)).find((one) => one !== undefined);
    return refusal && (async () => refusal);
  };

  const serveLocal = async (name: string, message: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (name === 'faults/help') {
      return void response
        .writeHead(200, { 'content-type': 'text/plain' })
        .end(faultsHelp(`http://${message.headers.host}`, functionNames));
    }
    const view = views.get(name);
    if (!view) return void response.writeHead(404).end(`Not found. Available: ${[...views.keys()].join(', ')}\n`);
    if (message.method === 'PUT' && name === 'faults') {
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), faultsSchema(functionNames)), await text(message));
      if (!parsed.success)
        return void response.writeHead(400).end(`${v.summarize(parsed.issues)}\nFor help: GET /_local/faults/help\n`);
      faults.set(parsed.output);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(view())}\n`);
  };

  const server = createServer((message, response) => {
    const refusal = whyRefused(message);
    if (refusal !== undefined) return refuse(response, refusal);
    const [, view] = /^\/_local\/([\w/]*)$/.exec(message.url ?? '') ?? [];
    const served = view === undefined ? serveAws(message, response) : serveLocal(view, message, response);
    served.catch((error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(String(error));
    });
  });
  // The SDK keeps connections open for longer than Node's default of five seconds.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    services,
    guards,
    observers,
    views,
    faultOf: faults.ofInvocation,
    refusesEntry: faults.refusesEntry,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

const refuse = (response: ServerResponse, reason: string): void => {
  const { status, headers, body } = awsError(403, 'AccessDeniedException', reason);
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
};

const unknownService: Service = async ({ service }) =>
  awsError(400, 'UnknownService', `The local stack does not support the service "${service}"`);
