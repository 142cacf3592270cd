import { KRAKEN } from '../../functions/core/kraken.ts';
import { ALL_OTHER_TYPES, isKnownType, NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { entryFor, NO_TOKEN_YET, type Tokens } from '../../functions/ingest/tokens.ts';

/** `"*"` as a command's argument: a shell would expand an asterisk. */
export const ALL = 'all';

/** The entries whose names this release does not know. */
export const UNKNOWN = 'unknown';

export const entryOf = (type: string): string => (type === ALL ? ALL_OTHER_TYPES : type);

export const typeOf = (entry: string): string => (entry === ALL_OTHER_TYPES ? ALL : entry);

export const isUnknown = (entry: string): boolean => entry !== ALL_OTHER_TYPES && entry !== NO_TOKEN_YET && !isKnownType(entry);

/** An unknown name for the user. One that is not formed like a type may be a token: somebody may have swapped the two. */
export const shownName = (entry: string): string =>
  /^[a-z]{1,30}(_[a-z]{1,30}){0,5}$/.test(entry) ? entry : `a name of ${entry.length} characters`;

/** The entries with Fractal's tokens, without the placeholder of a new stack. */
export const realTokens = (tokens: Tokens): Map<string, readonly string[]> =>
  new Map([...tokens].filter(([entry]) => entry !== NO_TOKEN_YET));

/** The types whose deliveries are verified with the tokens of `all`, because they have none of their own. */
export const withoutOwn = (tokens: Tokens, types: readonly string[]): string[] => types.filter((type) => !tokens.has(type));

/** The types of each contract: the classic webhooks, and Kraken's results. */
const CONTRACTS = [NOTIFICATION_TYPES.filter((type) => type !== KRAKEN), [KRAKEN]] as const;

/** The types without a token of those contracts of which a type has one. A team may use one of the two alone. */
export const typesWithoutToken = (tokens: Tokens): string[] => {
  const without = CONTRACTS.map((types) => types.filter((type) => !tokens.has(entryFor(tokens, type))));
  const used = without.filter((types, index) => types.length < (CONTRACTS[index]?.length ?? 0));
  return (used.length > 0 ? used : without.slice(0, 1)).flat();
};
