import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApply } from '../../functions/apply/apply.ts';
import { createStateTable } from '../../functions/apply/state-table.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { BusyError, createActor, createReader } from '../../reader/reader.ts';
import { DYNAMODB_ENGINES } from '../support/engines.ts';
import { anEmailChange, aResult, aVerification, bytesOf } from '../support/notifications.ts';
import { startTable } from '../support/table.ts';

const event = (detail: object, type = 'verification_approved', source = 'fractal-webhooks') => ({
  source,
  'detail-type': type,
  detail: { id: 'any', ...detail },
});

describe.each(DYNAMODB_ENGINES)('an actor, on %s,', (engine) => {
  let table: Awaited<ReturnType<typeof startTable>>;

  beforeAll(async () => {
    table = await startTable(engine);
  });

  afterAll(() => table.stop());

  const state = async (...bodies: string[]) => {
    const apply = createApply({ write: createStateTable(table), describe: String, now: Date.now });
    for (const body of bodies)
      await apply(
        [{ messageId: 'm', body: encodeEnvelope({ id: 'any', receivedAt: Date.now(), bytes: bytesOf(body) }) }],
        new AbortController().signal,
      );
  };
  const actor = (name = 'unlock') => createActor({ client: table.client, tableName: table.tableName, name });
  const level = (user: string, of: string, status: 'approved' | 'rejected', second: number) =>
    aVerification({ user, level: of, status, timestamp: new Date(second * 1_000).toISOString() });
  const itemOf = async (user: string, of: string) => {
    const { Items = [] } = await table.client.send(
      new (await import('@aws-sdk/client-dynamodb')).QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `USER#${user}` } },
      }),
    );
    return Items.map(plainItem).find(({ sk }) => sk === of);
  };

  test('acts when all levels are approved, when they no longer are, and not again for what is late or repeated', async () => {
    const calls: string[] = [];
    const handle = actor().onVerified(['basic', 'liveness'], {
      approved: (user) => void calls.push(`approved ${user}`),
      revoked: (user) => void calls.push(`revoked ${user}`),
      forgotten: (user) => void calls.push(`forgotten ${user}`),
    });
    const of = (of: string) => event({ user_id: 'ann', level: of });
    await state(level('ann', 'basic', 'rejected', 1));
    await handle(of('basic'));
    await state(level('ann', 'basic', 'approved', 2));
    await handle(of('basic'));
    expect(calls).toEqual([]);
    await state(level('ann', 'liveness', 'approved', 3));
    await Promise.allSettled([handle(of('liveness')), handle(of('liveness')), handle(of('basic'))]);
    await handle(of('liveness'));
    expect(calls).toEqual(['approved ann']);
    await state(level('ann', 'basic', 'rejected', 4), level('ann', 'plus', 'rejected', 4));
    await handle(of('plus'));
    await handle(event({ user_id: 'ann', level: 'basic' }, 'verification_rejected'));
    expect(calls).toEqual(['approved ann', 'revoked ann']);
    await state(level('ann', 'basic+liveness', 'approved', 5));
    await handle(of('basic+liveness'));
    await handle(of('basic'));
    expect(calls.slice(2)).toEqual(['approved ann']);

    for (const sk of ['LEVEL#basic', 'LEVEL#liveness', 'LEVEL#basic+liveness'])
      await table.client.send(
        new DeleteItemCommand({ TableName: table.tableName, Key: { pk: { S: 'USER#ann' }, sk: { S: sk } } }),
      );
    // An event that is late brings nobody back.
    await handle(of('basic'));
    await handle(event({ user_id: 'ann', level: 'basic' }, 'forgotten'));
    expect(calls.slice(3)).toEqual(['forgotten ann']);
    expect(await itemOf('ann', 'LEVEL#basic')).toBeUndefined();
  });

  test('revokes nothing that was never approved, also if approving failed', async () => {
    const calls: string[] = [];
    let fails = true;
    const handle = actor('failing').onVerified(['plus'], {
      approved: () => {
        calls.push('approved');
        if (fails) throw new Error('down');
      },
      revoked: () => void calls.push('revoked'),
    });
    const of = event({ user_id: 'gus', level: 'plus' });
    await state(level('gus', 'plus', 'approved', 1));
    await expect(handle(of)).rejects.toThrow('down');
    await state(level('gus', 'plus', 'rejected', 2));
    await handle(of);
    expect(calls).toEqual(['approved']);
    fails = false;
    await state(level('gus', 'plus', 'approved', 3));
    await handle(of);
    await state(level('gus', 'plus', 'rejected', 4));
    await handle(of);
    expect(calls.slice(1)).toEqual(['approved', 'revoked']);
  });

  test('has a memory of its own for each name, in one attribute, which apply keeps', async () => {
    const calls: string[] = [];
    const handle = (name: string) =>
      actor(name).onVerified(['plus'], { approved: () => void calls.push(name), revoked: () => void calls.push(`-${name}`) });
    await state(level('bob', 'plus', 'approved', 1));
    const of = event({ user_id: 'bob', level: 'plus' });
    for (const name of ['one', 'two', 'one']) await handle(name)(of);
    await state(level('bob', 'plus', 'approved', 2));
    await handle('one')(of);
    expect(calls).toEqual(['one', 'two']);
    expect(await itemOf('bob', 'LEVEL#plus')).toMatchObject({
      acted_one: '{"done":"approved"}',
      acted_two: '{"done":"approved"}',
      as_of: 2_000,
    });
  });

  test('acts on each change of an item, with its current state', async () => {
    const calls: unknown[] = [];
    const handle = actor('mirror').onChange({
      level: ({ level: of, status }) => void calls.push([of, status]),
      email: ({ email }) => void calls.push(email),
      forgotten: ({ user_id }) => void calls.push(['forgotten', user_id]),
    });
    await state(level('cat', 'plus', 'approved', 1), level('cat', 'plus', 'rejected', 2), aResult('cat', 'rejected'));
    await state(anEmailChange('cat', 'cat@example.com'));
    for (const one of ['plus', 'plus', 'kraken']) await handle(event({ user_id: 'cat', level: one }));
    for (let repeated = 0; repeated < 2; repeated += 1) await handle(event({ user_id: 'cat' }, 'email_changed'));
    await handle(event({ idos_human_id: 'human', credential_id: 'c' }, 'credential_shared'));
    expect(calls).toEqual([['plus', 'rejected'], ['kraken', 'rejected'], 'cat@example.com']);
    // What is no event for the bus is none here: a repetition by Kraken, which has another time.
    await state(aResult('cat', 'rejected'));
    await handle(event({ user_id: 'cat', level: 'kraken' }));
    await state(level('cat', 'plus', 'approved', 3));
    await handle(event({ user_id: 'cat', level: 'plus' }));
    await handle(event({ user_id: 'nobody', level: 'plus' }, 'forgotten'));
    expect(calls.slice(3)).toEqual([
      ['plus', 'approved'],
      ['forgotten', 'nobody'],
    ]);
  });

  test('does nothing about test users, and what is no event', async () => {
    const handle = actor().onVerified(['plus'], {
      approved: () => Promise.reject(new Error('acted')),
      revoked: () => {},
    });
    await state(level('dan', 'plus', 'approved', 1));
    await handle(event({ user_id: 'dan', level: 'plus' }, 'verification_approved', 'fractal-webhooks.check'));
    await handle({ source: 'other', 'detail-type': 'x', detail: {} });
    await expect(
      handle(event({ user_id: 'dan', level: 'plus' }, 'verification_approved', 'fractal-webhooks.snapshot')),
    ).rejects.toThrow('acted');
  });

  test('lets an event be retried while another consumer acts', async () => {
    await state(level('eve', 'plus', 'approved', 1));
    let finish = () => {};
    const begun = new Promise<void>((started) => {
      const handle = actor('slow').onVerified(['plus'], {
        approved: () => {
          started();
          return new Promise<void>((done) => {
            finish = done;
          });
        },
        revoked: () => {},
      });
      first = handle(event({ user_id: 'eve', level: 'plus' }));
    });
    await begun;
    const other = actor('slow').onVerified(['plus'], { approved: () => Promise.reject(new Error('twice')), revoked: () => {} });
    await expect(other(event({ user_id: 'eve', level: 'plus' }))).rejects.toThrow(BusyError);
    finish();
    await first;
    await other(event({ user_id: 'eve', level: 'plus' }));
  });
  let first: Promise<void>;

  test('needs a table and a name, and a level', () => {
    expect(() => createActor({ client: table.client, tableName: undefined, name: 'a' })).toThrow(
      /^createActor: tableName is missing/,
    );
    for (const name of ['', 'a-b', '1a', 'a'.repeat(42)]) expect(() => actor(name)).toThrow(/^createActor: the name is /);
    expect(() => actor().onVerified([], { approved: () => {}, revoked: () => {} })).toThrow('onVerified: no level is given.');
  });

  test('a level that reconcile has healed is approved, but of no age', async () => {
    const bytes = bytesOf('{"user_id":"fay","level":"plus","credential":"approved"}');
    const decision = { asOf: 0, statusRank: 1, by: 'any', why: 'any' };
    const apply = createApply({ write: createStateTable(table), describe: String, now: Date.now });
    const body = encodeEnvelope({ id: 'heal', receivedAt: Date.now(), bytes, source: 'reconciled', decision });
    await apply([{ messageId: 'm', body }], new AbortController().signal);
    const reader = createReader({ client: table.client, tableName: table.tableName, consistent: true });
    expect(await reader.isApproved('fay', ['plus'])).toBe(true);
    expect(await reader.isApproved('fay', ['plus'], { maxAgeDays: 36_500 })).toBe(false);
  });
});
