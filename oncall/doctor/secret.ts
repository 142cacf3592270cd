import { ALL_OTHER_TYPES, isKnownType, NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { entryFor, NO_TOKEN_YET, parseTokens, type Tokens } from '../../functions/ingest/tokens.ts';
import { type Finding, well, wrong } from './finding.ts';

/** How to put a token in, as README's "Deploy it" has it. */
const putToken = (secretId: string): string =>
  `Put Fractal's token in: aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string file://token.txt`;

/** Whether the secret's value holds tokens, for all types or for some. */
export const checkSecret = (secretId: string, value: string): Finding => {
  let tokens: Tokens;
  try {
    tokens = parseTokens(value);
  } catch (error) {
    return wrong('secret', (error as Error).message, putToken(secretId));
  }
  if (tokens.has(NO_TOKEN_YET)) {
    return wrong('secret', 'holds no token of Fractal yet, so every delivery is refused', putToken(secretId));
  }
  const strangers = [...tokens.keys()].filter((type) => type !== ALL_OTHER_TYPES && !isKnownType(type));
  if (strangers.length > 0) {
    const names = strangers.join(', ');
    return wrong(
      'secret',
      `names ${names}, which this release does not know`,
      `Mend the name, if it is a slip. ${putToken(secretId)}`,
    );
  }
  const without = NOTIFICATION_TYPES.filter((type) => !tokens.has(entryFor(tokens, type)));
  if (without.length > 0) {
    const says = `has no token for ${without.join(', ')}: their deliveries are refused`;
    return wrong('secret', says, `If Fractal sends these: ${putToken(secretId)}`);
  }
  const entries = [...tokens].map(([type, { length }]) => `${type === '*' ? 'all other types' : type}: ${length}`);
  return well('secret', `tokens for ${entries.join(', ')}`);
};
