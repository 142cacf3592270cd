import { describe, expect, test } from '@jest/globals';
import { tokenProblem } from '../../../functions/ingest/token-form.ts';

const TOKEN = '9d7e80c0f169ab94';

describe('a token', () => {
  test.each([
    TOKEN,
    'x',
    '123456',
    'aGVsbG8gd29ybGQ=',
    'aGVsbG8gd29ybA==',
    'a.b-c_d~e+f/g',
    'tokens',
    'my-file://token',
    'see-https://example.com',
    'barn:owl',
    'a.sha1=b',
    'a-b=c',
    "o'neill",
    'a"b',
    'a<b>c',
    '(a)b',
    'a(b)',
    '(a]b',
    '!~',
  ])('may be %j', (token) => {
    expect(tokenProblem(token)).toBe(undefined);
  });

  test.each([
    [`${TOKEN}\n`, 'it has a line break'],
    [`${TOKEN}\r`, 'it has a line break'],
    ['a\tb', 'it has an invisible character'],
    ['a\u200bb', 'it has an invisible character'],
    ['a\u2028b', 'it has an invisible character'],
    ['a\u2029b', 'it has an invisible character'],
    ['file://token.txt', 'it is the name of a file, not its contents'],
    ['fileb://token.txt', 'it is the name of a file, not its contents'],
    ['FILE://token.txt', 'it is the name of a file, not its contents'],
    ['http://example.com', 'it is a URL'],
    ['https://example.com', 'it is a URL'],
    ['arn:aws:secretsmanager:eu-central-1:1:secret:x', 'it is an ARN'],
    ['Bearer 9d7e', 'it begins with a word that does not belong to it'],
    ['basic:9d7e', 'it begins with a word that does not belong to it'],
    ['token 9d7e', 'it begins with a word that does not belong to it'],
    ['secret: 9d7e', 'it begins with a word that does not belong to it'],
    ['sha1=9d7e', 'it is a signature'],
    ['FRACTAL_TOKEN=9d7e', 'it is an assignment, NAME=token'],
    ["'9d7e'", 'it has quotation marks around it'],
    ['"9d7e', 'it has quotation marks around it'],
    ['9d7e"', 'it has quotation marks around it'],
    ['“', 'it has quotation marks around it'],
    ['“9d7e', 'it has quotation marks around it'],
    ['<your-token>', 'it is a placeholder in brackets'],
    ['{{token}}', 'it is a placeholder in brackets'],
    ['[]', 'it is a placeholder in brackets'],
    ['9d7e f169', 'it has white space in it'],
    ['9d7é', 'it has a character that is not allowed in a token'],
  ])('is not %j', (token, why) => {
    expect(tokenProblem(token)).toBe(why);
  });
});
