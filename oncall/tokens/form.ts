import { tokenProblem } from '../../functions/ingest/token-form.ts';
import { count } from '../../functions/words/count.ts';

// The token in the examples of Fractal's documentation.
const DOCUMENTED = /^[\da-f]{40}$/;

/** What a token looks like, without any part of it. */
export const formOf = (token: string): string => {
  if (/^[\da-f]+$/i.test(token)) return count(token.length, 'hex digit');
  return count(token.length, 'character');
};

/** What to check about a token that is unlike the documented ones; `undefined` if it is like them. */
export const doubtAbout = (token: string): string | undefined =>
  DOCUMENTED.test(token)
    ? undefined
    : `The tokens in Fractal's documentation have 40 hex digits in lower case, and this one has ${formOf(token)}. Check that it is the secret token of the webhook, not the client secret of the application.`;

/** Why this can't be a token; `undefined` if it can. */
export const problemOf = (token: string): string | undefined => {
  if (token.trim() === '') return 'it is empty';
  if (/^\s*[{[]/.test(token) && /"/.test(token)) return 'it is JSON. Enter one token at a time';
  return tokenProblem(token);
};
