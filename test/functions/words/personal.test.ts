import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maskAttribute, maskPersonalIn } from '../../../functions/words/personal.ts';
import { runsOf } from '../../support/effort.ts';
import { aResult } from '../../support/notifications.ts';

describe('masking what is personal', () => {
  test.each([
    ['email', 'jon@example.com', 'j…@example.com'],
    ['note', 'Document of J. Doe expired', '…'],
    ['decided_by', 'arn:aws:iam::1:user/jane', '…'],
    ['user_id', 'jon@example.com', 'j…@example.com'],
    ['user_id', '42', '42'],
  ])('of the attribute %s shows %s as %s', (name, value, shown) => {
    expect(maskAttribute(name, value)).toBe(shown);
  });

  test.each([
    ['{"id":"42","status":"rejected","note":"J. Doe"}', '{"id":"42","status":"rejected","note":"…"}'],
    ['{ "note" : "a \\"J. Doe\\" b", "id": 1}', '{ "note" : "…", "id": 1}'],
    ['{"note":""}', '{"note":""}'],
    ['{"note":null}', '{"note":null}'],
    ['{"note":"cut off', '{"note":"…'],
    ['{"\\u006eote":"J. Doe"}', '{"note":"…"}'],
    ['{"email":"jon@example.com"}', '{"email":"j…@example.com"}'],
    ['{"note":"J. Doe", "a":"\\u0041"}', '{"note":"…", "a":"\\u0041"}'],
    ['{ "a":"\\u0041"}', '{ "a":"\\u0041"}'],
    ['[ "\\u006eote" ]', '[ "\\u006eote" ]'],
    [' "\\u006eote"', ' "\\u006eote"'],
    ['null \\u006eote', 'null \\u006eote'],
    ['{"email":"jon@example.com","\\u006eote":"J. Doe"}', '{"email":"j…@example.com","note":"…"}'],
    ['{"id":"42","status":"rejected","note":["J. Doe"]}', '{"id":"42","status":"rejected","note":"…"}'],
    ['{"note":{"text":"J. Doe"}}', '{"note":"…"}'],
    ['a "note" to jon@example.com', 'a "note" to j…@example.com'],
  ])('in a text shows %s as %s', (text, shown) => {
    expect(maskPersonalIn(text)).toBe(shown);
  });

  test('shows nothing of a body that is nested too deeply to be written anew', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(maskPersonalIn(`{"\\u006eote":"J. Doe","more":${deep}}`)).toBe('…');
  });

  test('shows no character of any note, in whatever notation', () => {
    const notes = fc.string({ unit: 'binary', minLength: 1 }).map((text) => `>${text}<`);
    const property = fc.property(notes, fc.boolean(), (note, indented) => {
      const body = indented
        ? JSON.stringify(JSON.parse(aResult('42', 'rejected', note)), undefined, 2)
        : aResult('42', 'rejected', note);
      expect(JSON.parse(maskPersonalIn(body)).note).toBe('…');
    });
    fc.assert(property, runsOf(1_000, 100));
  });
});
