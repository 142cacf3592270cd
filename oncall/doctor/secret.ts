import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import { tokenProblem } from '../../functions/ingest/token-form.ts';
import { NO_TOKEN_YET, parseTokens, type Tokens } from '../../functions/ingest/tokens.ts';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { ALL, isUnknown, shownName, typeOf, typesWithoutToken, UNKNOWN } from '../tokens/entry.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** Whether the value of the secret holds plausible tokens, and for which types. */
export const checkSecret = ({ options }: Target, value: string): Finding => {
  const command = (name: string, type: string): string => `${CALLED} tokens ${name} ${type}${options}`;
  let tokens: Tokens;
  try {
    tokens = parseTokens(value);
  } catch (error) {
    return wrong('secret', (error as Error).message, `Replace its value by Fractal's token: ${command('set', ALL)}`);
  }
  if (tokens.has(NO_TOKEN_YET)) {
    return wrong(
      'secret',
      "does not contain Fractal's token yet, so every delivery is rejected",
      `Store the token from Fractal's dashboard: ${command('set', ALL)}`,
    );
  }
  const unknown = [...tokens.keys()].filter(isUnknown);
  if (unknown.length > 0) {
    return wrong(
      'secret',
      `names ${unknown.map(shownName).join(', ')}, which this release does not know`,
      `If it is misspelled, store its token under the right name: ${command('set', 'TYPE')}. Then remove it: ${command('remove', UNKNOWN)}`,
    );
  }
  // Stryker disable next-line StringLiteral: no entry is empty.
  for (const [entry, [newest = '', ...former]] of tokens) {
    const problem = tokenProblem(newest);
    const type = typeOf(entry);
    if (problem) {
      return wrong(
        'secret',
        `the token for ${nameOf(entry)} is invalid: ${problem}`,
        `Store the token from Fractal's dashboard: ${command('set', type)}`,
      );
    }
    const [ofFormer] = former.flatMap((token) => tokenProblem(token) ?? []);
    if (ofFormer) {
      return wrong(
        'secret',
        `a former token for ${nameOf(entry)} is invalid: ${ofFormer}`,
        `Remove the former tokens: ${command('retire', type)}`,
      );
    }
  }
  const [missing, ...others] = typesWithoutToken(tokens);
  if (missing !== undefined) {
    const says = `has no token for ${[missing, ...others].join(', ')}: their deliveries are rejected`;
    return wrong('secret', says, `If Fractal sends these, store the token of each: ${command('set', missing)}`);
  }
  const entries = [...tokens].map(([entry, { length }]) => `${nameOf(entry)}: ${length}`);
  return ok(
    'secret',
    `tokens for ${entries.join(', ')}. Whether they are Fractal's, no check from here can tell: only Fractal's own deliveries show it`,
  );
};

const nameOf = (entry: string): string => (entry === ALL_OTHER_TYPES ? 'all other types' : entry);
