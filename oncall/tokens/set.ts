import { ALL_OTHER_TYPES, NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { tokenProblem } from '../../functions/ingest/token-form.ts';
import { entryFor, type Tokens } from '../../functions/ingest/tokens.ts';
import { count } from '../../functions/words/count.ts';
import type { Target } from '../target.ts';
import { applyChange, type ChangeOptions, unchanged } from './change.ts';
import { entryOf, realTokens, withoutOwn } from './entry.ts';
import { readToken } from './read-token.ts';
import { secretOf } from './secret.ts';

export interface SetOptions extends ChangeOptions {
  readonly file: string | undefined;
}

/** Makes a token the only one of a type. @returns the exit status */
export const setToken = async (target: Target, type: string, { file, ...options }: SetOptions): Promise<number> => {
  const secret = secretOf(target);
  const base = await secret.read();
  if (base.problem) console.error(`The value of the secret can't be read: ${base.problem}. All of it is replaced.`);
  const tokens = realTokens(base.tokens ?? new Map());
  const token = await readToken(type, file);
  const entry = entryOf(type);
  // Stryker disable next-line ArrayDeclaration: what has spaces is no token that is read.
  const own = tokens.get(entry) ?? [];
  if (own.length === 1 && own[0] === token) return unchanged(type, tokens, `It is the only token of ${type} already.`, options);
  const warning = warningFor(tokens, entry, token);
  return applyChange(secret, base, { type, tokens: tokens.set(entry, [token]), warning }, options);
};

/** Which deliveries will be refused. None is signed with a token that can't be Fractal's. */
const warningFor = (tokens: Tokens, entry: string, token: string): string | undefined => {
  // Stryker disable next-line ArrayDeclaration: what has spaces is no token that is replaced.
  const replaced = (tokens.get(entryFor(tokens, entry)) ?? []).filter((one) => one !== token && !tokenProblem(one));
  if (replaced.length === 0) return undefined;
  const affected = entry === ALL_OTHER_TYPES ? withoutOwn(tokens, NOTIFICATION_TYPES) : [entry];
  const of = tokens.has(entry) ? '' : ' of all for this type';
  return `This replaces ${count(replaced.length, 'token')}${of}: deliveries of ${affected.join(', ')} that are signed with ${replaced.length === 1 ? 'it' : 'them'} will be refused. To keep accepting them, use "tokens add" instead.`;
};
