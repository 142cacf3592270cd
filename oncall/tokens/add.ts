import { entryFor } from '../../functions/ingest/tokens.ts';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { applyChange, tokensToChange, unchanged } from './change.ts';
import { entryOf, realTokens } from './entry.ts';
import { readToken } from './read-token.ts';
import { secretOf } from './secret.ts';

export interface AddOptions {
  readonly file: string | undefined;
  readonly json: boolean;
}

/**
 * Puts a token in front of those of a type. Deliveries of a type without its own entry are verified with the tokens of `"*"`,
 * and those of its own entry alone once it has one, so it takes these over as former ones.
 *
 * @returns the exit status
 */
export const addToken = async (target: Target, type: string, { file, json }: AddOptions): Promise<number> => {
  const secret = secretOf(target);
  const base = await secret.read();
  const command = (name: string, of = type): string => `${CALLED} tokens ${name} ${of}${target.options}`;
  const tokens = realTokens(tokensToChange(base, command('set', 'all')));
  const token = await readToken(type, file);
  const entry = entryOf(type);
  const former = tokens.get(entryFor(tokens, entry)) ?? [];
  if (tokens.get(entry)?.[0] === token) return unchanged(type, tokens, `It is the newest token of ${type} already.`, { json });
  const next = [token, ...former.filter((one) => one !== token)];
  const rotating =
    next.length > 1
      ? `If Fractal does not sign with it yet, change the token in Fractal's dashboard now. When the deliveries that were signed with the former one have arrived (Fractal retries them for days), end the rotation: ${command('retire')}`
      : undefined;
  return applyChange(
    secret,
    base,
    { type, tokens: tokens.set(entry, next), warning: undefined, ...(rotating && { next: rotating }) },
    // Stryker disable next-line BooleanLiteral: without a warning, nothing is asked.
    { yes: true, json },
  );
};
