import { START } from './called.ts';

// By the error codes of Node.js and OpenSSL; the first match wins.
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/ECONNREFUSED/, 'connection refused', `Is the stack running, and is the URL correct? Start the local stack with: ${START}`],
  [
    /ENOTFOUND|EAI_AGAIN|EAI_NODATA/,
    'its host name cannot be resolved',
    "Check the domain's DNS record, and the network of this machine.",
  ],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired', 'Renew it.'],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_|ERR_TLS|ERR_SSL|EPROTO|WRONG_VERSION/,
    'its TLS certificate is not trusted',
    'If a proxy in your network intercepts TLS, give Node.js its certificate: NODE_EXTRA_CA_CERTS=FILE.',
  ],
  [/TIMEDOUT|TIMEOUT|TimeoutError/i, 'it did not respond in time', 'Check for a firewall or a proxy in between.'],
  [
    /ECONNRESET|EPIPE|UND_ERR_SOCKET|EHOSTUNREACH|ENETUNREACH/,
    'the connection was closed',
    'Retry; if it persists, check for a proxy or a firewall in between.',
  ],
];

/** Why a request failed in the network, and what to do, in words; `undefined` for any other error. */
export const networkProblem = (error: unknown): { readonly what: string; readonly remedy: string } | undefined => {
  const { code, name, cause } = Object(error) as { code?: string; name?: string; cause?: { code?: string } };
  const says = [code, cause?.code, name].filter(Boolean).join(' ');
  const [, what, remedy] = REASONS.find(([pattern]) => pattern.test(says)) ?? [];
  return what && remedy ? { what, remedy } : undefined;
};
