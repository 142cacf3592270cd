import '../../support/as-npm.ts';
import { describe, expect, test } from '@jest/globals';
import { NOTIFICATION_TYPES } from '../../../functions/core/notification.ts';
import { aTarget } from '../../support/a-target.ts';

const { checkSecret } = await import('../../../oncall/doctor/secret.ts');

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
const RUN = 'npm run oncall -- tokens';
const ALL_OWN = Object.fromEntries(NOTIFICATION_TYPES.map((type) => [type, A]));

const check = (value: unknown) =>
  checkSecret(aTarget('http://localhost:1'), typeof value === 'string' ? value : JSON.stringify(value));

describe('the secret', () => {
  test.each<[unknown, string]>([
    [A, 'all other types: 1'],
    [{ '*': [A, B], email_changed: A }, 'all other types: 2, email_changed: 1'],
    [ALL_OWN, NOTIFICATION_TYPES.map((type) => `${type}: 1`).join(', ')],
  ])('%j can hold tokens of Fractal', (value, entries) => {
    expect(check(value)).toEqual({
      check: 'secret',
      result: 'ok',
      says: `tokens for ${entries}. Whether they are Fractal's, no check from here can tell: only Fractal's own deliveries show it`,
    });
  });

  test.each<[unknown, string, string]>([
    ['', 'the secret is empty', `Replace its value by Fractal's token: ${RUN} set all --stack S`],
    [
      '{"*":[]}',
      'the secret is neither a bare token nor JSON that maps types, or "*", to a token or a list of tokens, none of them empty',
      `Replace its value by Fractal's token: ${RUN} set all --stack S`,
    ],
    [
      { no_token_yet: 'Yz3' },
      "does not contain Fractal's token yet, so every delivery is rejected",
      `Store the token from Fractal's dashboard: ${RUN} set all --stack S`,
    ],
    [
      { '*': A, verification_aproved: B, [B]: 'x' },
      'names verification_aproved, a name of 40 characters, which this release does not know',
      `If it is misspelled, store its token under the right name: ${RUN} set TYPE --stack S. Then remove it: ${RUN} remove unknown --stack S`,
    ],
    [
      { '*': '"x"' },
      'the token for all other types is invalid: it has quotation marks around it',
      `Store the token from Fractal's dashboard: ${RUN} set all --stack S`,
    ],
    [
      { '*': A, email_changed: ['a b', B] },
      'the token for email_changed is invalid: it has white space in it',
      `Store the token from Fractal's dashboard: ${RUN} set email_changed --stack S`,
    ],
    [
      { '*': [A, B, 'arn:x', '"x"'] },
      'a former token for all other types is invalid: it is an ARN',
      `Remove the former tokens: ${RUN} retire all --stack S`,
    ],
    [
      { verification_approved: A, email_changed: B },
      'has no token for verification_contacted, verification_rejected, credential_shared: their deliveries are rejected',
      `If Fractal sends these, store the token of each: ${RUN} set verification_contacted --stack S`,
    ],
    [
      { ...ALL_OWN, email_changed: undefined },
      'has no token for email_changed: their deliveries are rejected',
      `If Fractal sends these, store the token of each: ${RUN} set email_changed --stack S`,
    ],
  ])('%j is not sound', (value, says, remedy) => {
    expect(check(value)).toEqual({ check: 'secret', result: 'wrong', says, remedy });
  });
});
