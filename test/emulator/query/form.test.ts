import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { partsOf, readForm } from '../../../emulator/endpoint/query/form.ts';

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a form', () => {
  test('is parsed into nested objects', () => {
    expect(plain(readForm('Action=A&B.1.Id=x&B.1.C.Value=%C3%A9+%26&B.2.Id=y'))).toEqual({
      Action: 'A',
      B: { 1: { Id: 'x', C: { Value: 'é &' } }, 2: { Id: 'y' } },
    });
  });

  test.each(['A=1&A.B=2', 'A=1&A=2', 'A=1&A.B.C=2'])('with a duplicate name, %s, keeps the first value', (body) => {
    expect(plain(readForm(body))).toEqual({ A: '1' });
  });

  test('has lists in numerical order', () => {
    const { A = '' } = readForm('A.10=ten&A.2=two&A.1=one');
    expect(partsOf(A)).toEqual(['one', 'two', 'ten']);
  });

  test('with an empty value for a list has an empty list', () => {
    expect(partsOf(readForm('A=').A ?? 'none')).toEqual([]);
  });

  test('has no names with a special meaning in JavaScript', () => {
    expect(Object.keys(readForm('__proto__.x=1&constructor=2'))).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('x');
  });

  test('with any text is parsed', () => {
    fc.assert(fc.property(fc.string(), (body) => void readForm(body)));
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) =>
        expect(readForm(new URLSearchParams({ A: value }).toString()).A).toBe(value),
      ),
    );
  });
});
