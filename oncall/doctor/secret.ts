import { ALL_OTHER_TYPES, isKnownType, NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { tokenProblem } from '../../functions/ingest/token-form.ts';
import { entryFor, NO_TOKEN_YET, parseTokens, type Tokens } from '../../functions/ingest/tokens.ts';
import type { Target } from '../target.ts';
import { type Finding, well, wrong } from './finding.ts';

/** How to store a token. Same as "Deploy it" in README.md. */
const putToken = ({ secretId, awsOptions }: Target): string =>
  `Put Fractal's token into the secret: aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string file://token.txt${awsOptions}`;

/** Whether the value of the secret holds plausible tokens, and for which types. */
export const checkSecret = (target: Target, value: string): Finding => {
  let tokens: Tokens;
  try {
    tokens = parseTokens(value);
  } catch (error) {
    return wrong('secret', (error as Error).message, putToken(target));
  }
  if (tokens.has(NO_TOKEN_YET)) {
    return wrong('secret', "does not contain Fractal's token yet, so every delivery is rejected", putToken(target));
  }
  for (const [type, list] of tokens) {
    const [problem] = list.flatMap((token) => tokenProblem(token) ?? []);
    if (problem)
      return wrong(
        'secret',
        `the token for ${type === ALL_OTHER_TYPES ? 'all other types' : type} is invalid: ${problem}`,
        putToken(target),
      );
  }
  const unknown = [...tokens.keys()].filter((type) => type !== ALL_OTHER_TYPES && !isKnownType(type));
  if (unknown.length > 0) {
    const names = unknown.join(', ');
    return wrong(
      'secret',
      `names ${names}, which this release does not know`,
      `Correct the name if it is misspelled. ${putToken(target)}`,
    );
  }
  const without = NOTIFICATION_TYPES.filter((type) => !tokens.has(entryFor(tokens, type)));
  if (without.length > 0) {
    const says = `has no token for ${without.join(', ')}: their deliveries are rejected`;
    return wrong('secret', says, `If Fractal sends these: ${putToken(target)}`);
  }
  const entries = [...tokens].map(([type, { length }]) => `${type === '*' ? 'all other types' : type}: ${length}`);
  return well('secret', `tokens for ${entries.join(', ')}`);
};
