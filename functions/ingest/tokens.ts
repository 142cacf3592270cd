import * as v from 'valibot';
import { ALL_OTHER_TYPES } from '../core/notification.ts';
import { Problem } from '../log.ts';
import { verify } from './signature.ts';

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

/** The entries of `tokens` under which this signature is valid. Tries every token even after a match. */
export const entriesThatSigned = (tokens: Tokens, bytes: Uint8Array, signature: string): string[] =>
  [...tokens].filter(([, list]) => list.map((token) => verify(bytes, token, signature)).includes(true)).map(([entry]) => entry);

/** The entry whose tokens alone may sign this type. */
export const entryFor = (tokens: Tokens, type: string): string => (tokens.has(type) ? type : ALL_OTHER_TYPES);
