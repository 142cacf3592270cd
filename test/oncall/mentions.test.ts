import { describe, expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { mentions } from '../../oncall/mentions.ts';

const UUID = '14ec6af0-12f8-4bce-a6ab-01ce87fa1812';

const inEnvelope = (body: string | Uint8Array): string =>
  encodeEnvelope({ id: 'x', receivedAt: 0, bytes: Buffer.from(body as string) });

const utf16 = (text: string, swapped = false): Buffer => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return swapped ? bytes.swap16() : bytes;
};

describe('a message names a person', () => {
  test.each<[string, string, string | Uint8Array]>([
    ['as a string', UUID, `{"data":{"user_id":"${UUID}"}}`],
    ['as a number', '4242', '{"data":{"user_id":4242}}'],
    ['as a number with a zero fraction', '4242', '{"data":{"user_id":4242.0}}'],
    ['as a number too large for a double', '12345678901234567890', '{"user_id":12345678901234567890}'],
    ['as a key', '4242', '{"users":{"4242":1}}'],
    ['in a nested array', '4242', '[[[{"who":["4242"]}]]]'],
    ['in upper case, if it is a UUID', UUID, `{"user_id":"${UUID.toUpperCase()}"}`],
    ['with escapes', UUID, `{"user_id":"\\u0031${UUID.slice(1)}"}`],
    ['as the key of an item', UUID, `{"pk":"USER#${UUID}"}`],
    ['within a longer text', UUID, `{"note":"see user ${UUID}, please"}`],
    ['in JSON within JSON', UUID, JSON.stringify({ body: JSON.stringify({ user_id: UUID }) })],
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
    ['in Latin-1', 'josé-00001', Buffer.from('{"user_id":"josé-00001"}', 'latin1')],
    ['in truncated JSON', UUID, `{"user_id":"${UUID}"`],
    ['in another Unicode normal form', 'jos\u00e9-00001', '{"user_id":"jose\u0301-00001"}'],
  ])('%s', (_, id, body) => {
    expect(mentions(inEnvelope(body), [id])).toBe('yes');
    if (typeof body === 'string') expect(mentions(body, ['nobody', id])).toBe('yes');
  });
});

describe('a message does not name a person', () => {
  test.each([
    ['whose id it does not contain', UUID, '{"user_id":"other"}'],
    ['whose id is part of another', '4242', '{"user_id":"42421"}'],
    ['whose id is part of a UUID', '12f8', `{"user_id":"${UUID}"}`],
    ['by text that is not JSON', UUID, 'nonsense'],
  ])('%s', (_, id, body) => {
    expect(mentions(inEnvelope(body), [id])).toBe('no');
  });
});

describe('the user must decide', () => {
  test.each<[string, string, string | Uint8Array]>([
    ['if a short id is part of a longer text, which may be a time', '42', '{"timestamp":"2020-01-01T10:42:00Z"}'],
    ['if the bytes are not text', UUID, Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x12])],
    ['if the bytes are compressed', UUID, Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00])],
  ])('%s', (_, id, body) => {
    expect(mentions(inEnvelope(body), [id])).toBe('perhaps');
  });
});

test('the largest body is searched without failing', () => {
  const body = `{"data":"${'%41\\u0041'.repeat(12_000)}","user_id":"${UUID}"}`;
  expect(mentions(inEnvelope(body), ['nobody-at-all', UUID])).toBe('yes');
  expect(mentions(inEnvelope('['.repeat(130_000)), [UUID])).toBe('no');
});
