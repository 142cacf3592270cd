import { describe, expect, test } from '@jest/globals';
import { diagnose, interpretAll } from '../../../functions/core/diagnosis.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import type { StoredItem } from '../../../functions/core/state.ts';
import { prospectOf, subjectOf } from '../../../functions/words/diagnosis-words.ts';
import { span } from '../../../functions/words/span.ts';
import { asJson } from '../../../oncall/dlq/as-json.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');
const DAY = 24 * 3_600_000;

const parkedFor = (reason: string) => ({ reason, signedFor: ['*'] });

/** The diagnosis of one message with this body. */
const diagnosisOf = (body: string, { parked, item }: { parked?: string; item?: StoredItem } = {}) => {
  const envelope = { id: 'd', receivedAt: NOW, bytes: bytesOf(body), ...(parked && { parked: parkedFor(parked) }) };
  const deadLetter = { messageId: 'm', receiptHandle: 'r', body: encodeEnvelope(envelope), sentAt: NOW + 1_000 };
  const [one] = diagnose(interpretAll([deadLetter], NOW), {
    retentionMs: 14 * DAY,
    attempts: 5,
    items: new Map(item && [['USER#u\nLEVEL#basic', item]]),
  });
  if (!one) throw new Error('no diagnosis');
  return one;
};

test.each([
  [-1, '0 s'],
  [0, '0 s'],
  [999, '0 s'],
  [1_000, '1 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [DAY - 1, '23 h'],
  [DAY, '1 d'],
  [14 * DAY, '14 d'],
])('a duration of %d ms is shown as %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});

describe('the subject of a message', () => {
  test.each([
    [aVerification({ user: 'u', level: 'plus' }), 'u plus'],
    [anEmailChange('u'), 'u e-mail'],
    [DOCUMENTED.payloads.credential_shared, 'IDOS_HUMAN_UUID IDOS_CREDENTIAL_DATA_ID'],
    [aVerification({ user: 'u\u202e', level: 'plus' }), 'u\uFFFD plus'],
    ['{"type":"sixth","data":{"user_id":"u","level":"new\\u001b"}}', 'u new\uFFFD'],
    ['{"type":"sixth","data":{"user_id":"u"}}', 'u'],
    ['{"type":"sixth","data":{"level":"basic"}}', '–'],
    ['nonsense', '–'],
    [aVerification({ user: 'jane@example.com', level: 'plus' }), 'j…@example.com plus'],
    [aVerification({ user: '"jane\u0001 doe"@example.com', level: 'plus' }), 'j…@example.com plus'],
    ['{"type":"sixth","data":{"user_id":"jane@example.com","level":"joe@example.com"}}', 'j…@example.com j…@example.com'],
  ])('%s is %s', (body, subject) => {
    expect(subjectOf(diagnosisOf(body))).toBe(subject);
  });
});

describe('the result of redriving', () => {
  const body = aVerification({ user: 'u' });

  test.each([
    [diagnosisOf(body), 'would apply'],
    [diagnosisOf(body, { item: { as_of: 'text' } }), 'would fail: the as_of of the item is not a number'],
    [diagnosisOf('nonsense', { parked: 'not_json' }), 'still not understood'],
    [diagnosisOf('nonsense', { parked: 'empty_body' }), 'still not understood: not_json'],
  ])('is shown, with the problem unless the cause shows it', (one, text) => {
    expect(prospectOf(one)).toBe(text);
  });
});

describe('the JSON output', () => {
  test('has all fields of a message that is not understood', () => {
    expect(asJson(diagnosisOf('nonsense', { parked: 'not_json' }), false)).toEqual({
      id: 'd',
      message_id: 'm',
      type: null,
      cause: 'parked: not_json',
      if_redriven: 'not_understood',
      problem: 'not_json',
      states: null,
      first_arrived_at: '2024-06-01T00:00:00Z',
      expires_at: '2024-06-15T00:00:01Z',
    });
  });

  test('has the state of a message, and masks its e-mail address unless it is to be revealed', () => {
    const change = diagnosisOf(anEmailChange('u', 'john@example.com'));
    const shown = { type: 'email_changed', cause: 'apply gave up after 5 attempts', problem: null };
    expect(asJson(change, false)).toMatchObject({ ...shown, states: { user_id: 'u', email: 'j…@example.com', as_of: NOW } });
    expect(asJson(change, true)).toMatchObject({ ...shown, states: { user_id: 'u', email: 'john@example.com', as_of: NOW } });
    expect(asJson(diagnosisOf(aVerification({ user: 'u' })), false).states).not.toHaveProperty('email');
    const named = diagnosisOf(aVerification({ user: 'jane@example.com' }));
    expect(asJson(named, false)).toMatchObject({ states: { user_id: 'j…@example.com' } });
    expect(asJson(named, true)).toMatchObject({ states: { user_id: 'jane@example.com' } });
  });

  test('masks addresses in the type and the cause, which anybody can make up, unless they are to be revealed', () => {
    const made = diagnosisOf('{"type":"jane@example.com"}', { parked: 'by john@example.com' });
    expect(asJson(made, false)).toMatchObject({ type: 'j…@example.com', cause: 'parked: by j…@example.com' });
    expect(asJson(made, true)).toMatchObject({ type: 'jane@example.com', cause: 'parked: by john@example.com' });
  });
});
