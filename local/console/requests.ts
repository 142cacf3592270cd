import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

// The widget returns markup, too: nothing in it can run, load or send anything.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** Answers a request. */
export type Serve = (message: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void> | void;

/** Why a request is refused: it comes from another site, or uses another host name (DNS rebinding). */
export const refusalOf = ({ headers, method, socket }: IncomingMessage): string | undefined => {
  const { port } = socket.address() as AddressInfo;
  const hosts = ['127.0.0.1', 'localhost'].map((name) => `${name}:${port}`);
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!hosts.includes(host)) return `The console is at ${hosts.join(' or ')}, not at "${host}".`;
  if (origin !== undefined && origin !== `http://${host}`) return `The console does not answer to pages of ${origin}.`;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'The console does not answer to other pages.';
  // Browsers send the origin with every request that changes something.
  if (method !== 'GET' && origin === undefined) return 'A request that changes something must come from the console.';
  return undefined;
};

export const answer = (response: ServerResponse, status: number, type: string, body: string | Buffer): void => {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
};

export const answerJson = (response: ServerResponse, value: unknown): void =>
  answer(response, 200, 'application/json', JSON.stringify(value));

/** Starts a stream of server-sent events. @returns a function that sends one */
export const beginStream = (response: ServerResponse): ((value: unknown) => void) => {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  return (value) => void response.write(`data: ${JSON.stringify(value)}\n\n`);
};

// biome-ignore lint/suspicious/noExplicitAny: each request is read by what serves it.
export const readJson = async (message: IncomingMessage): Promise<any> => JSON.parse(await text(message));
