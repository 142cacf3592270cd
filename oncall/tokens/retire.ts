import { count } from '../../functions/words/count.ts';
import { CALLED } from '../called.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';
import { applyChange, type ChangeOptions, tokensToChange, unchanged } from './change.ts';
import { ALL, entryOf, realTokens } from './entry.ts';
import { secretOf } from './secret.ts';

/** Removes all tokens of a type but the newest. @returns the exit status */
export const retireTokens = async (target: Target, type: string, options: ChangeOptions): Promise<number> => {
  const secret = secretOf(target);
  const base = await secret.read();
  const command = (rest: string): string => `${CALLED} tokens ${rest}${target.options}`;
  const tokens = realTokens(tokensToChange(base, command(`set ${ALL}`)));
  const [newest, ...former] = tokens.get(entryOf(type)) ?? [];
  if (newest === undefined) {
    throw new CannotRunError(`${type} has no tokens of its own, so there is none to retire. See them: ${command('list')}`);
  }
  if (former.length === 0) return unchanged(type, tokens, `${type} has one token, so there is none to retire.`, options);
  const warning = `This removes ${count(former.length, 'former token')} of ${type}: deliveries that are signed with ${former.length === 1 ? 'it' : 'them'} will be refused.`;
  return applyChange(secret, base, { type, tokens: tokens.set(entryOf(type), [newest]), warning }, options);
};
