import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { type Change, type ChangeEvent, EVENT_DETAILS, EVENT_SOURCE, eventOf } from '../../../functions/core/event.ts';
import { stateOf } from '../../../functions/core/notification.ts';
import { parseNotification } from '../../../functions/core/parse-notification.ts';
import type { StoredItem } from '../../../functions/core/state.ts';
import { CHECK_USER } from '../../../functions/core/test-user.ts';
import { bytesOf, DOCUMENTED } from '../../support/notifications.ts';

const LEVEL = { pk: 'USER#u', sk: 'LEVEL#plus' };
const EMAIL = { pk: 'USER#u', sk: 'EMAIL' };
const CREDENTIAL = { pk: 'HUMAN#h', sk: 'CREDENTIAL#c' };

const approved = {
  ...LEVEL,
  user_id: 'u',
  level: 'plus',
  status: 'approved',
  status_rank: 1,
  timestamp: '2024-05-01T00:00:00Z',
  as_of: 1_714_521_600_000,
};
const rejected = { ...approved, status: 'rejected', status_rank: 3, timestamp: '2024-05-02T00:00:00Z', as_of: 1_714_608_000_000 };
const email = { ...EMAIL, user_id: 'u', email: 'jon@example.com', as_of: 5 };
const credential = {
  ...CREDENTIAL,
  idos_human_id: 'h',
  credential_id: 'c',
  shared_at: '2024-05-01T00:00:00Z',
  as_of: 1_714_521_600_000,
};

const krakenApproved = { ...approved, sk: 'LEVEL#kraken', level: 'kraken', as_of: 0, receipt: '2024-05-01T00:00:00.000Z#id' };
const krakenRejected = { ...krakenApproved, status: 'rejected', status_rank: 3, as_of: 5, note: 'Document of J. Doe expired' };

const change = (before: StoredItem | undefined, after: StoredItem | undefined): Change => {
  const { pk, sk } = { ...before, ...after } as { pk: string; sk: string };
  return { id: 'change', key: { pk, sk }, before, after };
};

const DETAIL_TYPES: Record<string, string> = { kraken: 'verification_rejected' };

test.each(Object.entries(DOCUMENTED.payloads))('the first %s of a subject becomes an event', (type, body) => {
  const parsed = parseNotification(bytesOf(body), Date.now());
  if (parsed.kind === 'not_understood') throw new Error(parsed.reason);
  const { key, asOf, attributes } = stateOf(parsed.notification, { id: 'id', receivedAt: 1 });
  const event = eventOf({ id: '1', key, before: undefined, after: { ...key, ...attributes, as_of: asOf } });
  expect(event).toMatchObject({ source: EVENT_SOURCE, detailType: DETAIL_TYPES[type] ?? type, detail: { previous: null } });
});

describe('a change of an item', () => {
  test('that creates a status is that verification, with previous null', () => {
    expect(eventOf(change(undefined, approved))).toEqual({
      source: 'fractal-webhooks',
      detailType: 'verification_approved',
      detail: {
        version: 1,
        id: 'change',
        user_id: 'u',
        level: 'plus',
        status: 'approved',
        timestamp: '2024-05-01T00:00:00Z',
        as_of: 1_714_521_600_000,
        previous: null,
      },
    });
  });

  test('to another status has the previous state', () => {
    expect(eventOf(change(approved, rejected))).toMatchObject({
      detailType: 'verification_rejected',
      detail: {
        status: 'rejected',
        previous: { status: 'approved', timestamp: '2024-05-01T00:00:00Z', as_of: 1_714_521_600_000 },
      },
    });
  });

  test('of an address contains neither the old nor the new one', () => {
    const event = eventOf(change(email, { ...email, email: 'new@example.com', as_of: 9 }));
    expect(event).toMatchObject({ detailType: 'email_changed', detail: { user_id: 'u', as_of: 9, previous: { as_of: 5 } } });
    expect(JSON.stringify(event)).not.toContain('example');
  });

  test('of an address within the same millisecond is an event too', () => {
    expect(eventOf(change(email, { ...email, email: 'zoe@example.com' }))).toMatchObject({ detailType: 'email_changed' });
  });

  test("of a result of Kraken's is that verification, without the note and who has decided", () => {
    const decided = { ...krakenApproved, as_of: 5, decided_by: 'arn:me', decided_why: 'J. Doe called' };
    expect(eventOf(change(undefined, krakenApproved))).toMatchObject({
      detailType: 'verification_approved',
      detail: { level: 'kraken', as_of: 0, previous: null },
    });
    expect(eventOf(change(krakenApproved, krakenRejected))).toMatchObject({ detailType: 'verification_rejected' });
    expect(eventOf(change(krakenRejected, decided))).toMatchObject({ detailType: 'verification_approved' });
    expect(eventOf(change(krakenRejected, { ...krakenRejected, note: 'Another reason' }))).toMatchObject({
      detailType: 'verification_rejected',
    });
    for (const one of [change(undefined, krakenRejected), change(krakenRejected, decided), change(krakenRejected, undefined)])
      expect(JSON.stringify(eventOf(one))).not.toMatch(/Doe|arn:me/);
  });

  test('that creates a shared credential is credential_shared', () => {
    expect(eventOf(change(undefined, credential))).toMatchObject({
      detailType: 'credential_shared',
      detail: { idos_human_id: 'h', credential_id: 'c', shared_at: '2024-05-01T00:00:00Z', previous: null },
    });
  });

  test.each([
    ['level', approved, { user_id: 'u', level: 'plus', previous: { status: 'approved' } }],
    ['address', email, { user_id: 'u', previous: { as_of: 5 } }],
    ['credential', credential, { idos_human_id: 'h', credential_id: 'c', previous: { shared_at: '2024-05-01T00:00:00Z' } }],
  ])('that deletes a %s is forgotten, with the previous state', (_, before, detail) => {
    const event = eventOf(change(before, undefined));
    expect(event).toMatchObject({ detailType: 'forgotten', detail });
    expect(JSON.stringify(event)).not.toContain('example');
  });

  test.each<[string, StoredItem | undefined, StoredItem | undefined]>([
    ['nothing', approved, approved],
    ["a team's own attributes", approved, { ...approved, note: 'called him' }],
    ["a team's own item under the same user", undefined, { pk: 'USER#u', sk: 'NOTE', text: 'x', as_of: 1 }],
    ["a team's own item under another key", undefined, { pk: 'ORDER#1', sk: 'LEVEL#plus', as_of: 1 }],
    ['an item without as_of', undefined, { ...LEVEL, note: 'x' }],
    ['that item again', { ...LEVEL, note: 'x' }, undefined],
    ['when the same address was received', email, { ...email, as_of: 6 }],
    ['when the same approval by Kraken was received', krakenApproved, { ...krakenApproved, timestamp: '2024-05-03T00:00:00Z' }],
    ['when the same rejection by Kraken was received', krakenRejected, { ...krakenRejected, as_of: 9, timestamp: 'later' }],
    ['who has confirmed a rejection by Kraken', krakenRejected, { ...krakenRejected, decided_by: 'me', decided_why: 'asked' }],
    ['what is recorded of a contested result', krakenRejected, { ...krakenRejected, approval_received_at: 9 }],
  ])('that changes only %s is not an event', (_, before, after) => {
    expect(eventOf(change(before, after))).toBeUndefined();
  });

  test('that removes as_of from an item is forgotten, because the item no longer holds a state', () => {
    const { as_of: _, ...timeless } = approved;
    expect(eventOf(change(approved, timeless))).toMatchObject({ detailType: 'forgotten' });
  });

  test.each([
    ['as_of', { ...approved, as_of: 'yesterday' }],
    ['status', { ...approved, status: 'paused' }],
    ['user_id', { ...approved, user_id: null }],
    ['email', { ...email, email: 7 }],
  ])('to an item whose %s contradicts the rule of the table is a contradiction', (name, after) => {
    expect(eventOf(change(undefined, after))).toEqual({ contradiction: expect.stringContaining(name) });
  });

  test('from such an item to a valid one has previous null', () => {
    expect(eventOf(change({ ...approved, as_of: 'yesterday' }, rejected))).toMatchObject({ detail: { previous: null } });
  });

  test('of up to 256 KiB is an event, and of a byte more a contradiction that says so', () => {
    const withLevel = (level: string) => eventOf(change(undefined, { ...approved, level })) as ChangeEvent;
    const { source, detailType, detail } = withLevel('ä');
    const more = 262_144 - Buffer.byteLength(source + detailType + JSON.stringify(detail));
    expect(withLevel(`ä${'x'.repeat(more)}`)).toMatchObject({ detailType });
    expect(withLevel(`ä${'x'.repeat(more + 1)}`)).toEqual({
      contradiction: 'its event has 262145 bytes, and EventBridge takes 262144',
    });
  });

  test.each([[CHECK_USER], ['doctor-5']])('of the test user %s has a dedicated source', (user) => {
    const pk = `USER#${user}`;
    expect(eventOf(change(undefined, { ...approved, pk, user_id: user }))).toMatchObject({ source: 'fractal-webhooks.check' });
  });

  test('of a credential of a test human has a dedicated source', () => {
    const item = { ...credential, pk: 'HUMAN#doctor-5', idos_human_id: 'doctor-5' };
    expect(eventOf(change(undefined, item))).toMatchObject({ source: 'fractal-webhooks.check' });
  });

  test.each([
    [change(undefined, approved)],
    [change(approved, rejected)],
    [change(email, undefined)],
    [change(credential, undefined)],
    [change(undefined, credential)],
    [change(undefined, email)],
  ])('matches its schema and has no other fields', (one) => {
    const event = eventOf(one);
    if (!event || 'contradiction' in event) throw new Error('no event');
    expect(v.parse(EVENT_DETAILS[event.detailType], event.detail)).toEqual(event.detail);
  });
});
