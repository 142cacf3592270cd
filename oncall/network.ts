import { START } from './called.ts';

// By the codes of Node.js and of OpenSSL, which it hands on; in this order.
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [/ECONNREFUSED/, 'nothing answers there', `Is the stack running, and the URL right? A local one starts with: ${START}`],
  [
    /ENOTFOUND|EAI_AGAIN|EAI_NODATA/,
    'its host is not known',
    "See that the domain's DNS record is there, and that this machine has a network.",
  ],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired', 'Renew it.'],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_|ERR_TLS|ERR_SSL|EPROTO|WRONG_VERSION/,
    'its certificate, or its TLS, can not be trusted',
    'Does a proxy of your network look into TLS? Then give Node.js its certificate: NODE_EXTRA_CA_CERTS=FILE.',
  ],
  [/TIMEDOUT|TIMEOUT|TimeoutError/i, 'it does not answer in time', 'Does a firewall or a proxy keep this machine from it?'],
  [
    /ECONNRESET|EPIPE|UND_ERR_SOCKET|EHOSTUNREACH|ENETUNREACH/,
    'the connection broke',
    'Is a proxy or a firewall between? Try again.',
  ],
];

/** Why the network did not carry a request, and what to do, in words; `undefined` if the error is of another kind. */
export const networkProblem = (error: unknown): { readonly what: string; readonly remedy: string } | undefined => {
  const { code, name, cause } = Object(error) as { code?: string; name?: string; cause?: { code?: string } };
  const says = [code, cause?.code, name].filter(Boolean).join(' ');
  const [, what, remedy] = REASONS.find(([pattern]) => pattern.test(says)) ?? [];
  return what && remedy ? { what, remedy } : undefined;
};
