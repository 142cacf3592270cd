import { expect, test } from '@jest/globals';
import { interpretMessage } from '../../../functions/core/interpret-message.ts';
import type { Person } from '../../../oncall/person/person.ts';
import { subjectOf } from '../../../oncall/person/subject.ts';
import { anEnvelope } from '../../support/envelopes.ts';
import { aVerification } from '../../support/notifications.ts';

const PERSON = { users: ['jane', '7'], humans: ['human-1'], addresses: [] };
const key = (pk: unknown) => JSON.stringify({ key: { pk, sk: 'EMAIL' } });

const subjectIn = (message: string, person: Person) => {
  const interpretation = interpretMessage(message, Date.now());
  return subjectOf(interpretation, interpretation.envelope?.bytes ?? Buffer.from(message), person);
};

test.each([
  ['person', aVerification({ user: 'jane' })],
  ['other', aVerification({ user: 'john' })],
  ['person', '{"user_id":" jane "}'],
  ['person', '{"data":{"user_id":7}}'],
  ['person', '{"detail":{"idos_human_id":"human-1"}}'],
  ['person', '{"pk":"USER#jane"}'],
  ['person', key('USER#jane')],
  ['person', key('HUMAN#human-1')],
  ['person', key('USER#jane\n')],
  ['other', key('HUMAN#jane')],
  ['other', key('USER#human-1')],
  ['other', key('USER#jane#2')],
  ['none', key('XUSER#jane')],
  ['none', key('XHUMAN#human-1')],
  ['none', key('TEAM#jane')],
  ['none', key(['USER#jane'])],
  ['none', key(7)],
  ['none', '{"user_id":true}'],
  ['none', '{"user_id":["jane"]}'],
  ['none', '{"user_id":null}'],
  ['none', '{"other":{"user_id":"jane"}}'],
  ['none', '"jane"'],
  ['none', 'null'],
  ['none', 'jane'],
  ['both', '{"user_id":"jane","idos_human_id":"human-2"}'],
  ['person', '{"user_id":"jane","idos_human_id":"human-1"}'],
  ['other', '{"user_id":"john","idos_human_id":"human-2"}'],
])('the subject is %s in %s', (subject, body) => {
  expect(subjectIn(anEnvelope(body), PERSON)).toBe(subject);
  if (!body.includes('verification')) expect(subjectIn(body, PERSON)).toBe(subject);
});

test('a message that is no text has no subject', () => {
  expect(subjectIn(anEnvelope(Buffer.from([0xff, 0xfe])), PERSON)).toBe('none');
});

test('an understood notification is about the subject of its item, whatever else it has', () => {
  const { type, data } = JSON.parse(aVerification({ user: 'john' }));
  const body = JSON.stringify({ type, data, user_id: 'jane', pk: 'USER#jane' });
  expect(subjectIn(anEnvelope(body), PERSON)).toBe('other');
});
