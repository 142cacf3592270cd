import { KRAKEN } from '../core/kraken.ts';
import type { Cause, Refusal } from '../core/refusal.ts';

type Names = { readonly [Part in 'entry' | 'type']: string };

const UNKNOWN_TYPE = 'an unknown type';

const WORDS: Readonly<Record<Cause, (names: Names) => string>> = {
  other_type: ({ entry, type }) => `signed with the token of ${entry} instead of that of ${type}`,
  former_token: ({ entry }) => `signed with a former token, which the secret no longer has for ${entry}`,
  classic_token: ({ entry }) => `results of Kraken, but signed with the token of ${entry}, which is for the classic webhooks`,
  kraken_token: ({ type }) => `signed with the token of kraken, which may not sign ${type}`,
  sha1: ({ entry }) => `signed with a token of ${entry}, but with SHA-1`,
  sha256: ({ entry }) => `signed with a token of ${entry}, but with SHA-256`,
  no_prefix: ({ entry, type }) => `signed with a token of ${entry}, but ${type === KRAKEN ? 'with' : 'without'} the prefix sha1=`,
  upper_case: ({ entry }) => `signed with a token of ${entry}, but in upper case`,
  changed_body: ({ entry }) => `signed with a token of ${entry} before the body was changed`,
  client_secret: ({ entry }) =>
    `compared with a token of ${entry} that has the form of an OAuth client secret, not of a webhook token`,
  unknown: ({ type }) =>
    `signed with no token that the secret has or had${type === UNKNOWN_TYPE ? '' : ` (claimed type: ${type})`}`,
  not_examined: () => 'not examined',
};

/** The cause in words that follow "is" or "are". */
export const refusalInWords = ({ cause, entry, type }: Refusal): string =>
  WORDS[cause]({ entry: entryInWords(entry), type: entryInWords(type) });

/** An entry of the secret in words that follow "the token of". */
export const entryInWords = (entry: Refusal['entry']): string => {
  if (entry === '*') return 'all other types';
  return entry === 'other' || entry === 'none' ? UNKNOWN_TYPE : entry;
};
