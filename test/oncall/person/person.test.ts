import { describe, expect, test } from '@jest/globals';
import { normalId, uuidIn } from '../../../functions/core/person-id.ts';
import { isPartitionOf } from '../../../oncall/person/person.ts';

const UUID = '14ec6af0-12f8-4bce-a6ab-01ce87fa1812';
const UNDASHED = UUID.replaceAll('-', '');

describe('two ids are the same person', () => {
  test.each([
    ['in upper case', UUID.toUpperCase()],
    ['without dashes', UNDASHED],
    ['in braces', `{${UUID}}`],
    ['as a URN', `urn:uuid:${UUID}`],
    ['as a URN in upper case', `URN:UUID:${UUID.toUpperCase()}`],
    ['with white space around it', ` ${UUID}\n`],
    ['in full-width digits', `\uff11${UUID.slice(1)}`],
  ])('if one is the UUID of the other %s', (_, id) => {
    expect(normalId(id)).toBe(normalId(UUID));
  });

  test('which is compared as 32 digits in lower case', () => {
    expect(uuidIn(` {${UUID.toUpperCase()}}`)).toBe(UNDASHED);
    expect(uuidIn('jane')).toBeUndefined();
  });

  test('if they differ in white space around them or in Unicode normalization', () => {
    expect(normalId(' jane\t')).toBe('jane');
    expect(normalId('jose\u0301')).toBe(normalId('jos\u00e9'));
  });
});

describe('two ids are different persons', () => {
  test.each([
    ['text before the UUID', `x${UUID}`],
    ['text after the UUID', `${UUID}x`],
    ['another digit', `${UUID}0`],
    ['a digit less', UUID.slice(1)],
    ['a letter that is no hex digit', `g${UUID.slice(1)}`],
    ['a brace within the UUID', `${UUID.slice(0, 9)}{${UUID.slice(9)}`],
    ['a closing brace within the UUID', `${UUID.slice(0, 9)}}${UUID.slice(9)}`],
    ['a namespace within the UUID', `${UUID.slice(0, 9)}urn:uuid:${UUID.slice(9)}`],
    ['another namespace', `urn:oid:${UUID}`],
  ])('with %s', (_, id) => {
    expect(normalId(id)).toBe(id);
  });

  test('if their letters differ in case, and they are no UUIDs', () => {
    expect(normalId('Jane')).not.toBe(normalId('jane'));
  });
});

describe('a partition is of a person', () => {
  const isOwn = (pk: string) => isPartitionOf({ users: [UUID, 'jane'], humans: ['human-1'], addresses: ['jon@example.com'] })(pk);

  test.each([`USER#${UUID}`, `USER#{${UUID.toUpperCase()}}`, `USER#${UNDASHED}`, 'USER#jane', 'USER# jane\n', 'HUMAN#human-1'])(
    'if it is %j',
    (pk) => {
      expect(isOwn(pk)).toBe(true);
    },
  );

  test.each([
    `HUMAN#${UUID}`,
    'USER#human-1',
    'USER#janet',
    'USER#',
    'XUSER#jane',
    'TEAM#jane',
    'jane',
    UUID,
    '',
    'USER#jon@example.com',
  ])('and not if it is %j', (pk) => {
    expect(isOwn(pk)).toBe(false);
  });
});
