import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { type Fault, FaultsSchema, serveWithFaults } from './faults.ts';
import { awsError, readAwsRequest, type Service } from './request.ts';

export interface Endpoint {
  readonly url: string;
  /** Services may be added while it runs: the engines start after it. */
  readonly services: Map<string, Service>;
  stop(): Promise<void>;
}

const FAULTS_PATH = '/_local/faults';

/**
 * The one address behind which all of AWS is, for functions, tools and tests. `GET` and `PUT /_local/faults` show and
 * set, as JSON, what goes wrong with its calls.
 */
export const startEndpoint = async (): Promise<Endpoint> => {
  const services = new Map<string, Service>();
  let faults: readonly Fault[] = [];

  const serveAws = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readAwsRequest(message);
    const service = services.get(request.service);
    const answer = service
      ? await serveWithFaults(faults, request, service)
      : awsError(400, 'UnknownService', `The local stack has no service "${request.service}"`);
    if (!answer) return void response.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const serveFaults = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (message.method === 'PUT') {
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), FaultsSchema), await textOf(message));
      if (!parsed.success) return void response.writeHead(400).end(`${v.summarize(parsed.issues)}\n`);
      faults = parsed.output;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(faults));
  };

  const server = createServer((message, response) => {
    const serve = message.url === FAULTS_PATH ? serveFaults : serveAws;
    serve(message, response).catch((error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(String(error));
    });
  });
  // The SDK holds connections open between calls for longer than Node's five seconds.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    services,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};

const textOf = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
