import * as v from 'valibot';
import { KRAKEN } from '../core/kraken.ts';
import { ALL_OTHER_TYPES } from '../core/notification.ts';
import { Problem } from '../log.ts';
import { isOfKraken, sign, verify } from './signature.ts';

/** The tokens of each type, newest first; `"*"` is for every type without its own entry. */
export type Tokens = ReadonlyMap<string, readonly string[]>;

/** The only entry of a secret before Fractal's token is entered. No notification has this type. */
export const NO_TOKEN_YET = 'no_token_yet';

const Token = v.pipe(v.string(), v.trim(), v.nonEmpty());
const TokenList = v.union([
  v.pipe(
    Token,
    v.transform((token) => [token]),
  ),
  v.pipe(v.array(Token), v.nonEmpty()),
]);
const TokenMap = v.pipe(
  v.record(v.pipe(v.string(), v.nonEmpty()), TokenList),
  v.check((map) => Object.keys(map).length > 0),
);

/**
 * Reads the secret's value: a bare token, or JSON that maps a type, or `"*"` for all others, to a token or a list of tokens.
 *
 * @throws Problem if there is no token, an empty token, or JSON of another shape
 */
export const parseTokens = (secret: string): Tokens => {
  const value = secret.trim();
  if (value === '') throw new Problem('the secret is empty');
  if (!/^[{["]/.test(value)) return new Map([[ALL_OTHER_TYPES, [value]]]);
  const parsed = v.safeParse(v.pipe(v.string(), v.startsWith('{'), v.parseJson(), TokenMap), value);
  if (parsed.success) return new Map(Object.entries(parsed.output));
  throw new Problem(
    'the secret is neither a bare token nor JSON that maps types, or "*", to a token or a list of tokens, none of them empty',
  );
};

/**
 * What this signature proves: the entries of `tokens` under which it is valid, or `kraken`. Kraken's signatures prove nothing about
 * the classic types, and theirs nothing about Kraken's results. Tries every token even after a match.
 */
export const proofsOf = (tokens: Tokens, bytes: Uint8Array, signature: string): string[] => {
  const isSignedBy = (entry: string): boolean =>
    (tokens.get(entry) ?? []).map((token) => verify(bytes, token, signature)).includes(true);
  if (isOfKraken(signature)) return isSignedBy(entryFor(tokens, KRAKEN)) ? [KRAKEN] : [];
  return [...tokens.keys()].filter((entry) => entry !== KRAKEN && isSignedBy(entry));
};

/** What has to be proved for this type. */
export const proofFor = (tokens: Tokens, type: string): string => (type === KRAKEN ? KRAKEN : entryFor(tokens, type));

/** The signature that Fractal would send with a body of this type; `undefined` if there is no token for it. */
export const signatureFor = (tokens: Tokens, bytes: Uint8Array, type: string): string | undefined => {
  const [token] = tokens.get(entryFor(tokens, type)) ?? [];
  return token === undefined ? undefined : sign(bytes, token, type);
};

/** The entry whose tokens alone may sign this type. */
export const entryFor = (tokens: Tokens, type: string): string => (tokens.has(type) ? type : ALL_OTHER_TYPES);
