import { describe, expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { createMentions } from '../../../oncall/person/mentions.ts';
import { aVerification } from '../../support/notifications.ts';

const UUID = '14ec6af0-12f8-4bce-a6ab-01ce87fa1812';
const UNDASHED = UUID.replaceAll('-', '');

const inEnvelope = (body: string | Uint8Array): string =>
  encodeEnvelope({ id: 'x', receivedAt: 0, bytes: Buffer.from(body as string) });

const utf16 = (text: string, swapped = false): Buffer => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return swapped ? bytes.swap16() : bytes;
};

const mentionOf = (message: string, id: string, more: { readonly human?: string; readonly address?: string } = {}) =>
  createMentions({
    users: [id],
    humans: more.human ? [more.human] : [],
    addresses: more.address ? [more.address] : [],
  })(message);

describe("a message is a person's own", () => {
  test.each<[string, string, string | Uint8Array]>([
    ['if its user_id says so', '42', '{"type":"future","data":{"user_id":"42"}}'],
    ['if its user_id is a number', '4242', '{"data":{"user_id":4242}}'],
    ['if its user_id is a number with a zero fraction', '4242', '{"data":{"user_id":4242.0}}'],
    ['if its user_id stands at the top', '42', '{"user_id":"42"}'],
    ['if its user_id has escapes', UUID, `{"user_id":"\\u0031${UUID.slice(1)}"}`],
    ['if its user_id is the UUID in upper case', UUID, `{"user_id":"${UUID.toUpperCase()}"}`],
    ['if its user_id is the UUID without dashes', UUID, `{"user_id":"${UNDASHED}"}`],
    ['if its user_id has white space around it', 'jane', '{"user_id":" jane\\n"}'],
    ['if its user_id has another Unicode normalization form', 'jos\u00e9', '{"user_id":"jose\u0301"}'],
    ['if it is a change of their item', 'jane', '{"v":1,"problem":"p","id":"i","key":{"pk":"USER#jane","sk":"EMAIL"}}'],
    ['if it is an event about them', 'jane', '{"id":"i","source":"s","detail-type":"t","detail":{"user_id":"jane"}}'],
    ['if it is a notification about them', 'jane', aVerification({ user: 'jane' })],
    ['if it has their UUID in a field that nobody knows', UUID, `{"type":"paused","data":{"who":["${UUID}"]}}`],
    ['if it has their UUID without dashes', UUID, `{"type":"paused","who":"${UNDASHED}"}`],
    ['if it has their UUID in full-width digits', UUID, `{"who":"\uff11${UUID.slice(1)}"}`],
    ['if it has their UUID in braces', UUID, `{"who":"{${UUID.toUpperCase()}}"}`],
    ['if it has their UUID within a longer text', UUID, `{"note":"see user-${UUID}, please"}`],
    ['if it has their UUID as a key', UUID, `{"users":{"${UUID}":1}}`],
    [
      'in JSON within JSON within JSON, escaped',
      UUID,
      JSON.stringify({ b: JSON.stringify({ b: `{"u":"\\u0031${UUID.slice(1)}"}` }) }),
    ],
    ['in a form', UUID, `user_id=${UUID}&level=plus`],
    ['in a form with every character encoded', UUID, [...Buffer.from(UUID)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['in XML', UUID, `<user id="&#49;${UUID.slice(1)}"/>`],
    ['in Base64', UUID, `{"payload":"${Buffer.from(`{"user_id":"${UUID}"}`).toString('base64')}"}`],
    ['in UTF-16', UUID, utf16(`{"user_id":"${UUID}"}`)],
    ['in UTF-16, big-endian', UUID, utf16(`{"user_id":"${UUID}"}`, true)],
    ['in truncated JSON', UUID, `{"user_id":"${UUID}"`],
  ])('%s', (_, id, body) => {
    expect(mentionOf(inEnvelope(body), id)).toBe('own');
    if (typeof body === 'string') expect(mentionOf(body, id)).toBe('own');
  });

  test('if it is about the idOS human, and not if a user has that id', () => {
    const shared = {
      type: 'credential_shared',
      data: { idos_human_id: '7', credential_id: 'c', shared_at: '2024-05-06T07:08:09Z' },
    };
    expect(mentionOf(inEnvelope(JSON.stringify(shared)), 'x', { human: '7' })).toBe('own');
    expect(mentionOf(inEnvelope(aVerification({ user: '7' })), 'x', { human: '7' })).toBe('no');
    expect(mentionOf(inEnvelope(JSON.stringify(shared)), '7')).toBe('no');
  });
});

describe('a message is not about a person', () => {
  test.each([
    ['whose id it does not contain', UUID, '{"user_id":"other"}'],
    ['whose id is part of another', '4242', '{"user_id":"42421"}'],
    ['whose id is part of a UUID', '12f8', `{"user_id":"${UUID}"}`],
    ['whose UUID is part of longer digits', UUID, `{"hash":"${UNDASHED}00"}`],
    ['by text that is not JSON', UUID, 'nonsense'],
    [
      "by a documented field of somebody else's notification",
      '42',
      aVerification({ user: 'other', level: '42', timestamp: '2020-01-01T10:42:00Z' }),
    ],
  ])('%s', (_, id, body) => {
    expect(mentionOf(inEnvelope(body), id)).toBe('no');
  });
});

describe('the user must decide', () => {
  const extra = (user: string, fields: object): string => {
    const { type, data } = JSON.parse(aVerification({ user }));
    return JSON.stringify({ type, data: { ...data, ...fields } });
  };

  test.each<[string, string, string | Uint8Array]>([
    [
      "if a short id is one element of somebody else's notification",
      'a',
      extra('other-person-0002', { checks: ['a', 'b', 'c'] }),
    ],
    ['if a short id is a number in it', '2', extra('other-person-0003', { attempt: 2 })],
    ['if a short id is a key in it', 'attempt', extra('other-person-0003', { attempt: 2 })],
    ["if somebody else's notification has the UUID", UUID, extra('other', { referred_by: UUID })],
    ['if a parked message names somebody else', UUID, `{"type":"merged","data":{"user_id":"other","into":"${UUID}"}}`],
    ['if it names both, one as another notation of the number', '4242', '{"user_id":4.242e3,"data":{"user_id":"43"}}'],
    ['if it names both', '42', '{"user_id":"42","data":{"user_id":"43"}}'],
    ['if an id that may be anything stands in an unknown field', 'basic-1', '{"type":"x","level":"basic-1"}'],
    ['if a short id is part of a longer text, which may be a time', '42', '{"timestamp":"2020-01-01T10:42:00Z"}'],
    ['if a large number may have been rounded', '12345678901234567890', '{"user_id":12345678901234567890}'],
    ['if the bytes are in Latin-1', 'jos\u00e9-1', Buffer.from('{"user_id":"jos\u00e9-1"}', 'latin1')],
    ['if the bytes are not text', UUID, Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x12])],
    ['if the bytes are compressed', UUID, Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00])],
    ['if it is encoded more often than anybody reads', UUID, `{"note":"%${'25'.repeat(9)}"}`],
  ])('%s', (_, id, body) => {
    expect(mentionOf(inEnvelope(body), id)).toBe('perhaps');
  });

  test('if it names nobody, and has their e-mail address, which another user can have too', () => {
    const address = 'Jane.Doe@example.com';
    for (const body of [
      '{"type":"email_changed","data":{"email":"jane.doe@example.com"}}',
      'to=jane%2edoe%40example.com',
      `<${address}>`,
    ])
      expect([body, mentionOf(inEnvelope(body), 'x', { address })]).toEqual([body, 'perhaps']);
    for (const body of ['{"email":"mary-jane.doe@example.com"}', '{"email":"jane.doe@example.com.org"}'])
      expect([body, mentionOf(inEnvelope(body), 'x', { address })]).toEqual([body, 'no']);
  });

  test("if somebody else's notification has the person's address", () => {
    const change = JSON.stringify({ type: 'email_changed', data: { user_id: 'other', email: 'shared@example.com' } });
    expect(mentionOf(inEnvelope(change), 'x', { address: 'shared@example.com' })).toBe('perhaps');
  });
});

describe('ids and addresses are compared as a whole', () => {
  const person = (users: string[], { humans = [] as string[], addresses = [] as string[] } = {}) =>
    createMentions({ users, humans, addresses });

  test.each<[string, string, 'own' | 'perhaps' | 'no']>([
    ['a.b+c-1', '{"who":"a.b+c-1"}', 'perhaps'],
    ['a.b+c-1', '{"who":"axb+c-1"}', 'no'],
    ['a.b+c-1', '{"who":"a.bbc-1"}', 'no'],
    ['(1)[2]{3}|4/5$^*?', '{"who":"(1)[2]{3}|4\\/5$^*?"}', 'perhaps'],
    ['back\\slash', '{"who":"back\\\\slash"}', 'perhaps'],
    [' jane ', '{"who":"Jane"}', 'perhaps'],
    ['jane', '{"who":"mary-jane"}', 'no'],
    ['jane', '{"who":"jane_2"}', 'no'],
    ['jane', '{"who":"jane."}', 'perhaps'],
    ['jane', '{"who":"undefined"}', 'no'],
    ['jane', '{"who":"\uff4aane"}', 'perhaps'],
    [UUID, `{"who":"x${UNDASHED}"}`, 'no'],
    [UUID, `{"who":"${UNDASHED}x"}`, 'no'],
    [UUID, `{"who":"_${UNDASHED}_"}`, 'own'],
    ['jane@example.com', '{"who":"jane@example.com"}', 'own'],
    ['jane@example.com', '{"who":"Jane@Example.com."}', 'own'],
    ['jane@example.com', '{"who":"jane@examplexcom"}', 'no'],
    ['jane @example.com', '{"who":"jane @example.com"}', 'perhaps'],
    ['jane@', '{"who":"jane@"}', 'perhaps'],
    ['@jane', '{"who":"@jane"}', 'perhaps'],
    ['a@b@c', '{"who":"a@b@c"}', 'perhaps'],
  ])('%j in %s: %s', (id, body, mention) => {
    expect(person([id])(inEnvelope(body))).toBe(mention);
  });

  test.each([
    ['mary+jane@example.com', 'no'],
    ['mary.jane@example.com', 'no'],
    ['jane@example.com-mail', 'no'],
    ['jane@example.com_mail', 'no'],
    ['jane@example.community', 'no'],
    ['to:jane@example.com,', 'perhaps'],
  ])('jane@example.com in %s: %s', (text, mention) => {
    expect(person(['x'], { addresses: ['jane@example.com'] })(inEnvelope(text))).toBe(mention);
  });

  test('an address is trimmed, and what is none is not searched for', () => {
    expect(person(['x'], { addresses: [' jane@example.com\n'] })(inEnvelope('<jane@example.com>'))).toBe('perhaps');
    expect(person(['x'], { addresses: ['jane', 'jane doe@example.com'] })(inEnvelope('to jane doe@example.com'))).toBe('no');
  });

  test('the ids of the idOS human are searched for too', () => {
    const mentionIn = person(['x'], { humans: [UUID, 'human-1'] });
    expect(mentionIn(inEnvelope(`{"who":"${UUID}"}`))).toBe('own');
    expect(mentionIn(inEnvelope('{"who":"human-1"}'))).toBe('perhaps');
  });

  test.each([
    ['at the top', '{"extra":"42"}', 'perhaps'],
    ['as a key', '{"42":null}', 'perhaps'],
    ['in a list in an object', '{"a":{"b":[["42"]]}}', 'perhaps'],
    ['as the text "42" within a word', '{"a":"x42"}', 'no'],
    ['as the index in a list', JSON.stringify({ a: Array.from({ length: 43 }, () => true) }), 'no'],
    ['beside nothing', '{"a":null,"b":[],"c":{}}', 'no'],
  ])("a short id in an undocumented field of somebody else's notification, %s", (_, extra, mention) => {
    const { type, data } = JSON.parse(aVerification({ user: 'other' }));
    const mentionIn = person(['42']);
    expect(mentionIn(inEnvelope(JSON.stringify({ type, data, ...JSON.parse(extra) })))).toBe(mention);
    expect(mentionIn(inEnvelope(JSON.stringify({ type, data: { ...data, ...JSON.parse(extra) } })))).toBe(mention);
  });

  test('a short id in a documented field of a shared credential is not the person', () => {
    const data = { idos_human_id: 'other', credential_id: '42', shared_at: '2024-05-06T07:08:42Z' };
    expect(person(['42'])(inEnvelope(JSON.stringify({ type: 'credential_shared', data })))).toBe('no');
  });
});
