import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { type Change, EVENT_DETAILS, eventOf } from '../../../functions/core/event.ts';
import { CHECK_USER } from '../../../functions/core/made-up.ts';
import type { StoredItem } from '../../../functions/core/state.ts';

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

const change = (before: StoredItem | undefined, after: StoredItem | undefined): Change => {
  const { pk, sk } = { ...before, ...after } as { pk: string; sk: string };
  return { id: 'change', key: { pk, sk }, before, after };
};

describe('a change of an item', () => {
  test('from nothing to a status is that verification, with nothing before', () => {
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

  test('to another status says what was true before', () => {
    expect(eventOf(change(approved, rejected))).toMatchObject({
      detailType: 'verification_rejected',
      detail: {
        status: 'rejected',
        previous: { status: 'approved', timestamp: '2024-05-01T00:00:00Z', as_of: 1_714_521_600_000 },
      },
    });
  });

  test('of an address never names one, old or new', () => {
    const event = eventOf(change(email, { ...email, email: 'new@example.com', as_of: 9 }));
    expect(event).toMatchObject({ detailType: 'email_changed', detail: { user_id: 'u', as_of: 9, previous: { as_of: 5 } } });
    expect(JSON.stringify(event)).not.toContain('example');
  });

  test('of an address within one millisecond is one, too', () => {
    expect(eventOf(change(email, { ...email, email: 'zoe@example.com' }))).toMatchObject({ detailType: 'email_changed' });
  });

  test('to a shared credential is that', () => {
    expect(eventOf(change(undefined, credential))).toMatchObject({
      detailType: 'credential_shared',
      detail: { idos_human_id: 'h', credential_id: 'c', shared_at: '2024-05-01T00:00:00Z', previous: null },
    });
  });

  test.each([
    ['level', approved, { user_id: 'u', level: 'plus', previous: { status: 'approved' } }],
    ['address', email, { user_id: 'u', previous: { as_of: 5 } }],
    ['credential', credential, { idos_human_id: 'h', credential_id: 'c', previous: { shared_at: '2024-05-01T00:00:00Z' } }],
  ])('that deletes a %s is forgotten, with what was true before', (_, before, detail) => {
    const event = eventOf(change(before, undefined));
    expect(event).toMatchObject({ detailType: 'forgotten', detail });
    expect(JSON.stringify(event)).not.toContain('example');
  });

  test.each<[string, StoredItem | undefined, StoredItem | undefined]>([
    ['nothing', approved, approved],
    ["a team's own attributes", approved, { ...approved, note: 'called him' }],
    ["a team's own item under the same user", undefined, { pk: 'USER#u', sk: 'NOTE', text: 'x', as_of: 1 }],
    ["a team's own item under another key", undefined, { pk: 'ORDER#1', sk: 'LEVEL#plus', as_of: 1 }],
    ['an item that has no time yet', undefined, { ...LEVEL, note: 'x' }],
    ['that item again', { ...LEVEL, note: 'x' }, undefined],
  ])('that changes %s is no event', (_, before, after) => {
    expect(eventOf(change(before, after))).toBeUndefined();
  });

  test('that takes the time from an item is forgotten: the table knows nothing of it any more', () => {
    const { as_of: _, ...timeless } = approved;
    expect(eventOf(change(approved, timeless))).toMatchObject({ detailType: 'forgotten' });
  });

  test.each([
    ['as_of', { ...approved, as_of: 'yesterday' }],
    ['status', { ...approved, status: 'paused' }],
    ['user_id', { ...approved, user_id: null }],
    ['email', { ...email, email: 7 }],
  ])('to an item whose %s contradicts the rule of the table says so', (name, after) => {
    expect(eventOf(change(undefined, after))).toEqual({ contradiction: expect.stringContaining(name) });
  });

  test('from such an item to a right one has no previous that is known', () => {
    expect(eventOf(change({ ...approved, as_of: 'yesterday' }, rejected))).toMatchObject({ detail: { previous: null } });
  });

  test.each([[CHECK_USER], ['doctor-5']])('of %s, whom nobody is, has a source of its own', (user) => {
    const pk = `USER#${user}`;
    expect(eventOf(change(undefined, { ...approved, pk, user_id: user }))).toMatchObject({ source: 'fractal-webhooks.check' });
  });

  test.each([
    [change(undefined, approved)],
    [change(approved, rejected)],
    [change(email, undefined)],
    [change(credential, undefined)],
    [change(undefined, credential)],
    [change(undefined, email)],
  ])('is told as its schema has it, and with no field besides', (one) => {
    const event = eventOf(one);
    if (!event || 'contradiction' in event) throw new Error('no event');
    expect(v.parse(EVENT_DETAILS[event.detailType], event.detail)).toEqual(event.detail);
  });
});
