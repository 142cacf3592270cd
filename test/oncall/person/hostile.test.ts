import { expect, test } from '@jest/globals';
import { createMentions } from '../../../oncall/person/mentions.ts';
import { anEnvelope } from '../../support/envelopes.ts';
import { aVerification } from '../../support/notifications.ts';

const UUID = '14ec6af0-12f8-4bce-a6ab-01ce87fa1812';
const mentionIn = createMentions({ users: [UUID], humans: [], addresses: [] });

test.each([
  ['encoded more often than anybody reads', `{"note":"%${'25'.repeat(60_000)}"}`, 'perhaps'],
  ['encoded text before the id', `{"data":"${'%41\\u0041'.repeat(12_000)}","who":"${UUID}"}`, 'own'],
  ['opening brackets', '['.repeat(130_000), 'no'],
  ['nested arrays', `${'['.repeat(60_000)}${']'.repeat(60_000)}`, 'no'],
  [
    'nested objects in a notification',
    aVerification({ user: 'o' }).replace('"data":{', `"data":{"x":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)},`),
    'no',
  ],
  ['backslashes', `"${'\\'.repeat(60_000)}"`, 'perhaps'],
  [
    'Base64 within Base64',
    Array.from({ length: 12 }).reduce<string>((text) => Buffer.from(text).toString('base64'), UUID),
    'perhaps',
  ],
])('the largest bodies are judged without failing: %s', (_, body, mention) => {
  expect(mentionIn(anEnvelope(body))).toBe(mention);
});
