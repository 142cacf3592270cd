import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { AskError, createAsk } from '../../../functions/reconcile/ask.ts';
import { parseCredentials } from '../../../functions/reconcile/credentials.ts';
import { PRODUCTION } from '../../../functions/reconcile/hosts.ts';
import { askStatuses } from '../../../functions/reconcile/kraken-statuses.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const NOW = Date.parse('2026-11-30T08:00:00Z');

type Answers = (user: string, call: number) => Response | Promise<Response>;

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });
const state = (of: string) => json({ state: of, more: 1 });

/** Asks about users, at a clock that only waiting moves. */
const asking = (answers: Answers, rate = 10) => {
  const calls: { readonly url: string; readonly authorization: string; readonly at: number }[] = [];
  let now = NOW;
  const wait = async (ms: number) => {
    now += ms;
  };
  const ask = createAsk({
    fetch: async (url, { headers }) => {
      calls.push({ url: url.href, authorization: (headers as Record<string, string>).authorization as string, at: now - NOW });
      return answers(decodeURIComponent(url.pathname.split('/')[3] as string), calls.length);
    },
    wait,
  });
  const asked: number[] = [];
  const run = (users: readonly string[]) =>
    askStatuses(
      { ask, wait, now: () => now },
      {
        url: PRODUCTION.kraken,
        credentials: { clientId: 'team', privateKey },
        rate,
        progress: (count) => void asked.push(count),
      },
      users,
    );
  return { calls, asked, run };
};

describe('the statuses of users at Kraken', () => {
  test('are asked for with a token that the client has signed, valid for ten minutes', async () => {
    const { calls, run, asked } = asking(() => state('approved'));
    expect(await run(['a/b', 'ü'])).toEqual({
      statuses: new Map([
        ['a/b', 'approved'],
        ['ü', 'approved'],
      ]),
      unanswered: 0,
    });
    expect(calls.map(({ url }) => url)).toEqual([
      'https://kraken.fractal.id/public/kyc/a%2Fb/status',
      'https://kraken.fractal.id/public/kyc/%C3%BC/status',
    ]);
    expect(asked).toEqual([1, 2]);
    const [, header, claims, signature] = /^Bearer ([^.]+)\.([^.]+)\.([^.]+)$/.exec(calls[0]?.authorization ?? '') ?? [];
    const decoded = [header, claims].map((part) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()));
    expect(decoded).toEqual([{ alg: 'ES512' }, { api: true, clientId: 'team', iat: NOW / 1_000, exp: NOW / 1_000 + 600 }]);
    const signed = Buffer.from(`${header}.${claims}`);
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha512', signed, key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
  });

  test('are asked for at a bounded rate, with a new token before the old one expires', async () => {
    const { calls, run } = asking(() => state('rejected'), 0.01);
    await run(Array.from({ length: 12 }, (_, index) => String(index)));
    expect(calls.map(({ at }) => at)).toEqual(Array.from({ length: 12 }, (_, index) => expect.closeTo(index * 100_000, -6)));
    expect(calls.at(-1)?.at).toBeGreaterThanOrEqual(1_100_000);
    expect(new Set(calls.map(({ authorization }) => authorization)).size).toBeGreaterThan(1);
  });

  test('are null of users whom Kraken does not know', async () => {
    const { run } = asking((user) => (user === 'there' ? state('pending') : new Response('<html>', { status: 404 })));
    expect((await run(['gone', 'there'])).statuses).toEqual(
      new Map([
        ['gone', null],
        ['there', 'pending'],
      ]),
    );
    expect((await run(['gone'])).statuses).toEqual(new Map([['gone', null]]));
    await expect(run(['gone', 'too'])).rejects.toThrow(/^kraken\.fractal\.id knows none of the 2 users\. Is it the right host/);
  });

  test('leave out a user about whom there is no answer, unless there is none about any', async () => {
    const some = asking((user) => (user === 'broken' ? json({}, 500) : state('approved')));
    expect(await some.run(['a', 'broken', 'b'])).toEqual({
      statuses: new Map([
        ['a', 'approved'],
        ['b', 'approved'],
      ]),
      unanswered: 1,
    });
    await expect(asking(() => json({}, 500)).run(['a', 'b', 'c', 'd', 'e'])).rejects.toThrow(
      /answered 500, 4 times\. Retry later\.$/,
    );
  });

  test.each<[string, Response, RegExp]>([
    ['a refused key', json({}, 401), /^kraken\.fractal\.id answered 401: Kraken's client id or private key is wrong/],
    ['another server', json({ hello: 1 }), /^kraken\.fractal\.id answered without a state\. Is it the right host\?$/],
  ])('%s is an error at once', async (_, answer, message) => {
    const { run, calls } = asking(() => answer.clone());
    await expect(run(['a'])).rejects.toThrow(AskError);
    await expect(run(['a'])).rejects.toThrow(message);
    expect(calls).toHaveLength(2);
  });
});

describe('the credentials in the secret', () => {
  const pem = (type: 'pkcs8' | 'sec1') => privateKey.export({ type, format: 'pem' }) as string;
  const entered = (more: object) => parseCredentials(JSON.stringify({ not_entered_yet: 'x', ...more }));

  test.each([
    ['as OpenSSL writes it', pem('sec1')],
    ['as PKCS #8', pem('pkcs8')],
    ['on one line', pem('pkcs8').replaceAll('\n', '\\n')],
  ])('have a private key, %s', (_, key) => {
    const { kraken, classic } = entered({ kraken_client_id: 'team', kraken_private_key: key }) ?? {};
    expect(classic).toBeUndefined();
    expect(kraken).toMatchObject({ clientId: 'team' });
    expect(kraken?.privateKey.equals(privateKey)).toBe(true);
  });

  test('can be those of both products, of one, or not entered yet', () => {
    const classic = { client_id: 'id', client_secret: 'secret' };
    expect(entered(classic)).toEqual({ classic: { clientId: 'id', clientSecret: 'secret' } });
    expect(
      Object.keys(entered({ ...classic, kraken_client_id: 'team', kraken_private_key: pem('sec1') }) as object).sort(),
    ).toEqual(['classic', 'kraken']);
    for (const nothing of ['', '[]', '{"client_id":"id"}', '{"client_id":"","client_secret":""}'])
      expect(parseCredentials(nothing)).toBeUndefined();
    expect(entered({})).toBeUndefined();
  });

  test.each([
    ['no key', 'nonsense', /^kraken_private_key is no private key in PEM, without a passphrase/],
    [
      'of another curve',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      /^kraken_private_key is a key of another kind than Kraken's, which are elliptic-curve keys on P-521/,
    ],
    [
      'RSA',
      generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      /^kraken_private_key is a key of another kind/,
    ],
  ])('with a private key that is %s, are an error that does not quote it', (_, key, message) => {
    const read = () => entered({ kraken_client_id: 'team', kraken_private_key: key });
    expect(read).toThrow(AskError);
    expect(read).toThrow(message);
  });
});
