const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/[\r\n]/, 'it has a line break'],
  [/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, 'it has an invisible character'],
  [/^fileb?:\/\//i, 'it is the name of a file, not its contents'],
  [/^https?:\/\//i, 'it is a URL'],
  [/^arn:/i, 'it is an ARN'],
  [/^(bearer|basic|token|secret)[\s:]/i, 'it begins with a word that does not belong to it'],
  [/^sha1=/i, 'it is a signature'],
  [/^\w+=[^=]/, 'it is an assignment, NAME=token'],
  [/^(['"`‘’“”«»]).*|.*(['"`‘’“”«»])$/s, 'it has quotation marks around it'],
  [/^[<{[(].*[>}\])]$/s, 'it is a placeholder in brackets'],
  [/\s/, 'it has white space in it'],
  [/[^\x21-\x7e]/, 'it has a character that is not allowed in a token'],
];

/**
 * Why this can't be a token from Fractal, which is one word of printable ASCII; `undefined` if it can. Used to check
 * what a person enters, never to reject a signature.
 */
export const tokenProblem = (token: string): string | undefined => PROBLEMS.find(([pattern]) => pattern.test(token))?.[1];

/**
 * Whether this may be a client id or a client secret of Fractal's OAuth server, which people mistake for a webhook token. What the
 * server issues is documented with 43 characters of base64url, and webhook tokens with 40 hex digits.
 * https://docs.developer.fractal.id/user-integration/user-authorization
 */
export const hasFormOfClientSecret = (token: string): boolean => /^[\w-]{43}$/.test(token);
