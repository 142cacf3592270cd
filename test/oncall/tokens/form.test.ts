import { describe, expect, test } from '@jest/globals';
import { isUnknown, shownName } from '../../../oncall/tokens/entry.ts';
import { doubtAbout, formOf, problemOf } from '../../../oncall/tokens/form.ts';

const TOKEN = '9d7e80c0f169ab94d34392d64617b7517fb07c40';

describe('the form of a token', () => {
  test.each([
    [TOKEN, '40 hex digits'],
    ['A', '1 hex digit'],
    ['Fg', '2 characters'],
    ['gF', '2 characters'],
    ['-', '1 character'],
  ])('of %s is %s', (token, form) => {
    expect(formOf(token)).toBe(form);
  });

  test('is doubted unless it is that of the documented tokens', () => {
    expect(doubtAbout(TOKEN)).toBeUndefined();
    for (const [token, form] of [
      [TOKEN.toUpperCase(), '40 hex digits'],
      [`${TOKEN}0`, '41 hex digits'],
      [`0${TOKEN}`, '41 hex digits'],
      ['Xy', '2 characters'],
    ] as const) {
      expect(doubtAbout(token)).toBe(
        `The tokens in Fractal's documentation have 40 hex digits in lower case, and this one has ${form}. Check that it is the secret token of the webhook, not the client secret of the application.`,
      );
    }
  });
});

describe('what cannot be a token', () => {
  const JSON_SAYS = 'it is JSON. Enter one token at a time';

  test.each([
    ['', 'it is empty'],
    [' \t', 'it is empty'],
    [`{"*":"${TOKEN}"}`, JSON_SAYS],
    [`  ["${TOKEN}"]`, JSON_SAYS],
    [`${TOKEN} {"`, expect.not.stringContaining('JSON')],
    ['{token}', expect.not.stringContaining('JSON')],
    ['Bearer x', 'it begins with a word that does not belong to it'],
  ])('%j has a reason', (token, reason) => {
    expect(problemOf(token)).toEqual(reason);
  });

  test.each([TOKEN, 'x{"y', '{x', '[x'])('%s can be one', (token) => {
    expect(problemOf(token)).toBeUndefined();
  });
});

describe('an entry that this release does not know', () => {
  test.each(['paused', 'a', 'kyc_paused', 'a_b_c_d_e_f', 'a'.repeat(30), `a_${'b'.repeat(30)}`])('is shown as %s', (name) => {
    expect([isUnknown(name), shownName(name)]).toEqual([true, name]);
  });

  // Each may be a token in the wrong place.
  test.each(['9a', 'a9', 'Ab', 'a_', '_a', 'a_9', 'a-b', 'a_b_c_d_e_f_g', 'a'.repeat(31), `a_${'b'.repeat(31)}`, TOKEN])(
    'is not shown if it is %s',
    (name) => {
      expect([isUnknown(name), shownName(name)]).toEqual([true, `a name of ${name.length} characters`]);
    },
  );

  test.each(['*', 'no_token_yet', 'email_changed'])('is none of the known: %s', (name) => {
    expect(isUnknown(name)).toBe(false);
  });
});
