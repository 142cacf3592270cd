import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { RequestContext } from './access-log.ts';
import type { LocalFunction } from './local-function.ts';
import { newTraceHeader } from './tracing.ts';

export interface Route {
  readonly routeKey: string;
  readonly target: LocalFunction;
  readonly timeoutMs: number;
}

export interface Exchange {
  readonly body: Buffer;
  readonly status: number;
  readonly answer: string;
  readonly context: RequestContext;
}

// API Gateway's own limit for HTTP APIs.
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const TEXT = /^(text\/.*|application\/(.*\+)?(json|xml|javascript))(;|$)/;

export interface Gateway {
  readonly url: string;
  /** Routes are added once their functions run. Until then, every request is answered 404. */
  readonly routes: Route[];
  /** Whether a request is within the throttle now. */
  throttle: () => boolean;
  onExchange: (exchange: Exchange) => void;
  stop(): Promise<void>;
}

/** Emulates an HTTP API of API Gateway with payload format 2.0. @throws Error with code EADDRINUSE if the port is in use */
export const startGateway = async (port: number): Promise<Gateway> => {
  const routes: Route[] = [];
  const gateway = { throttle: () => true, onExchange: (_exchange: Exchange) => {} };

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [pathname = '', query = ''] = (message.url ?? '').split(/\?(.*)/s);
    const route = routes.find(({ routeKey }) => routeKey === `${message.method} ${pathname}`);
    if (!route) return answer(response, ownAnswer(404, 'Not Found'));
    const started = Date.now();
    const requestId = randomUUID();
    const body = await readBody(message);
    const result = !gateway.throttle()
      ? ownAnswer(429, 'Too Many Requests')
      : body
        ? await invoke(route, eventOf(message, requestId, route.routeKey, pathname, query, body))
        : ownAnswer(413, 'Request Entity Too Large');
    answer(response, result);
    const status = result.statusCode ?? 200;
    const sourceIp = message.socket.remoteAddress ?? '';
    const context = { requestId, status, 'identity.sourceIp': sourceIp, responseLatency: Date.now() - started };
    gateway.onExchange({ body: body ?? Buffer.alloc(0), status, answer: result.body ?? '', context });
  };

  // Accepts any host name, unlike the AWS endpoint: a tunnel may forward requests. Authentication is up to the functions.
  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  // As with API Gateway, callers reuse connections for longer than Node's default of five seconds.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((ready, failed) => server.once('error', failed).listen(port, '127.0.0.1', ready));
  return Object.assign(gateway, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    routes,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  });
};

const invoke = async ({ target, timeoutMs }: Route, event: APIGatewayProxyEventV2) => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<APIGatewayProxyStructuredResultV2>((resolve) => {
    timer = setTimeout(() => resolve(ownAnswer(503, 'Service Unavailable')), timeoutMs);
  });
  const invocation = target.invoke(event).then(
    (result) => result as APIGatewayProxyStructuredResultV2,
    () => ownAnswer(500, 'Internal Server Error'),
  );
  const result = await Promise.race([invocation, tooLate]);
  clearTimeout(timer);
  return result;
};

const ownAnswer = (statusCode: number, message: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});

const answer = (response: ServerResponse, { statusCode = 200, headers = {}, body = '' }: APIGatewayProxyStructuredResultV2) => {
  response.writeHead(statusCode, Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])));
  response.end(body);
};

const readBody = async (message: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
};

// Valid text with a textual content type is passed as text, everything else in base64.
const eventOf = (
  { method = '', headers, socket, httpVersion }: IncomingMessage,
  requestId: string,
  routeKey: string,
  rawPath: string,
  rawQueryString: string,
  bytes: Buffer,
): APIGatewayProxyEventV2 => {
  const text = bytes.toString('utf8');
  const isText = TEXT.test(headers['content-type'] ?? '') && Buffer.from(text).equals(bytes);
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      'x-amzn-trace-id': newTraceHeader(),
    },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(bytes.length > 0 && { body: isText ? text : bytes.toString('base64') }),
    isBase64Encoded: bytes.length > 0 && !isText,
  };
};
