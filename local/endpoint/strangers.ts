import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Why a request does not come from a program of this machine, if it does not. A web page can have a browser here send requests:
 * to its own name, which it lets lead to 127.0.0.1, and then read the answers; or to 127.0.0.1, of which the browser says so. No AWS
 * SDK outside a browser sends `Origin` or `Sec-Fetch-Site`.
 */
export const whyRefused = ({ headers, socket }: IncomingMessage): string | undefined => {
  const { port } = socket.address() as AddressInfo;
  const here = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (!here.includes(headers.host?.toLowerCase() ?? '')) {
    return `The local AWS endpoint answers programs of this machine alone, that call it ${here.join(' or ')}. The Host of this request is ${headers.host ? `"${headers.host}"` : 'missing'}.`;
  }
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin === undefined && (site === undefined || site === 'none')) return undefined;
  return `The local AWS endpoint answers programs of this machine alone, and this request comes from a web page${origin ? ` of ${origin}` : ''}.`;
};
