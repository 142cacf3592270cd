import { formatInstant } from '../../functions/core/instant.ts';
import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { entryFor, type Tokens } from '../../functions/ingest/tokens.ts';
import { borderless } from '../borderless.ts';
import { CALLED } from '../called.ts';
import { EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { ALL, isUnknown, realTokens, shownName, typeOf, typesWithoutToken } from './entry.ts';
import { formOf, problemOf } from './form.ts';
import { secretOf } from './secret.ts';
import { readHistory, type Since } from './since.ts';

interface Listed {
  readonly type: string;
  readonly tokens: readonly {
    readonly form: string;
    readonly length: number;
    /** Why it can't be Fractal's. */
    readonly problem: string | null;
    readonly since: string | null;
    /** Whether `since` is exact; otherwise it is since before that time. */
    readonly exact: boolean;
  }[];
}

/** Lists the tokens of each entry. @returns the exit status: 1 if a type has no token, or a token can't be Fractal's */
export const listTokens = async (target: Target, { json }: { readonly json: boolean }): Promise<number> => {
  const secret = secretOf(target);
  const { tokens: found, problem } = await secret.read();
  const tokens = realTokens(found ?? new Map());
  const since = await readHistory(secret.secrets, target.secretId);
  const entries = [...tokens].map(
    ([entry, list]): Listed => ({
      type: isUnknown(entry) ? shownName(entry) : typeOf(entry),
      tokens: list.map((token) => ({
        form: formOf(token),
        length: token.length,
        problem: problemOf(token) ?? null,
        ...sinceOf(since(token)),
      })),
    }),
  );
  const without = typesWithoutToken(tokens);
  if (json) printJson({ entries, without_token: without, problem: problem ?? null });
  else console.log(render(entries, tokens, without, problem, target));
  const sound = entries.every(({ tokens: list }) => list.every((one) => one.problem === null));
  return sound && without.length === 0 ? EXIT.done : EXIT.problem;
};

const sinceOf = (since: Since | undefined) => ({
  since: since ? formatInstant(Math.floor(since.at / 1_000) * 1_000) : null,
  exact: since?.exact ?? false,
});

const render = (
  entries: readonly Listed[],
  tokens: Tokens,
  without: readonly string[],
  problem: string | undefined,
  { options }: Target,
): string => {
  if (problem) return `The value of the secret can't be read: ${problem}. Replace it: ${CALLED} tokens set ${ALL}${options}`;
  const table = borderless(['TYPE', 'TOKEN', 'FORM', 'IN THE SECRET SINCE']);
  for (const { type, tokens: list } of entries) {
    for (const [index, { form, since, exact, problem: wrong }] of list.entries()) {
      const time = since === null ? '–' : `${exact ? '' : 'before '}${since}`;
      table.push([type, index === 0 ? 'newest' : 'former', wrong ? `${form}; ${wrong}` : form, time]);
    }
  }
  const shared = NOTIFICATION_TYPES.filter((type) => !tokens.has(type) && tokens.has(entryFor(tokens, type)));
  return [
    ...(entries.length > 0 ? [table.toString()] : []),
    ...(shared.length > 0 && shared.length < NOTIFICATION_TYPES.length
      ? [`Verified with the tokens of ${ALL}: ${shared.join(', ')}.`]
      : []),
    ...(without.length > 0
      ? [`Without a token, so refused: ${without.join(', ')}. Store one: ${suggestion(entries, without, options)}`]
      : []),
  ].join('\n\n');
};

// Stryker disable next-line StringLiteral: one is missing.
const suggestion = (entries: readonly Listed[], [first = '']: readonly string[], options: string): string =>
  `${CALLED} tokens set ${entries.length === 0 ? ALL : first}${options}`;
