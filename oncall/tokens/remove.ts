import { ALL_OTHER_TYPES, NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import type { Tokens } from '../../functions/ingest/tokens.ts';
import { count } from '../../functions/words/count.ts';
import { CALLED } from '../called.ts';
import { CannotRunError } from '../failure.ts';
import type { Target } from '../target.ts';
import { applyChange, type ChangeOptions, tokensToChange, unchanged } from './change.ts';
import { ALL, entryOf, isUnknown, realTokens, shownName, UNKNOWN, withoutOwn } from './entry.ts';
import { secretOf } from './secret.ts';

/** Removes the entry of a type, or those that this release does not know. @returns the exit status */
export const removeTokens = async (target: Target, type: string, options: ChangeOptions): Promise<number> => {
  const secret = secretOf(target);
  const base = await secret.read();
  const command = (rest: string): string => `${CALLED} tokens ${rest}${target.options}`;
  const tokens = realTokens(tokensToChange(base, command(`set ${ALL}`)));
  const entries = [...tokens.keys()].filter((entry) => (type === UNKNOWN ? isUnknown(entry) : entry === entryOf(type)));
  const what = type === UNKNOWN ? 'entries that this release does not know' : `tokens of its own for ${type}`;
  if (entries.length === 0) return unchanged(type, tokens, `The secret has no ${what}.`, options);
  const warning = warningFor(tokens, entries, type);
  for (const entry of entries) tokens.delete(entry);
  if (tokens.size === 0) {
    throw new CannotRunError(`The secret would have no token left. Store another one first: ${command(`set ${ALL}`)}`);
  }
  return applyChange(secret, base, { type, tokens, warning }, options);
};

const warningFor = (tokens: Tokens, entries: readonly string[], type: string): string => {
  // Stryker disable next-line ArrayDeclaration: the secret has these entries.
  const removed = entries.flatMap((entry) => tokens.get(entry) ?? []).length;
  const named = type === UNKNOWN ? entries.map(shownName).join(', ') : type;
  const affected = type === ALL ? withoutOwn(tokens, NOTIFICATION_TYPES) : type === UNKNOWN ? [] : [type];
  const others = type !== ALL && tokens.has(ALL_OTHER_TYPES) ? ' that are not signed with a token of all' : '';
  const refused = affected.length > 0 ? `: deliveries of ${affected.join(', ')}${others} will be refused` : '';
  return `This removes ${count(removed, 'token')} of ${named}${refused}.`;
};
