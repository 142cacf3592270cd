import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Why a request is refused; `undefined` if it comes from a program on this machine. Protects against web pages that make a
 * local browser send requests: to the page's own host name that resolves to 127.0.0.1 (DNS rebinding), or to 127.0.0.1, where
 * the browser adds `Origin` or `Sec-Fetch-Site`, which AWS SDKs outside browsers do not send.
 */
export const whyRefused = ({ headers, socket }: IncomingMessage): string | undefined => {
  const { port } = socket.address() as AddressInfo;
  const here = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (!here.includes(headers.host?.toLowerCase() ?? '')) {
    return `The local AWS endpoint only accepts requests from this machine to ${here.join(' or ')}. The Host header of this request is ${headers.host ? `"${headers.host}"` : 'missing'}.`;
  }
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin === undefined && (site === undefined || site === 'none')) return undefined;
  return `The local AWS endpoint only accepts requests from programs on this machine. This request comes from a web page${origin ? ` of ${origin}` : ''}.`;
};
