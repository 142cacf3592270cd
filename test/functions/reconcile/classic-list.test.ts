import { describe, expect, jest, test } from '@jest/globals';
import { AskError, createAsk } from '../../../functions/reconcile/ask.ts';
import { listVerifications } from '../../../functions/reconcile/classic-list.ts';
import { PRODUCTION } from '../../../functions/reconcile/hosts.ts';

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

type Answers = (path: string, call: number) => Response | Promise<Response>;

const json = (value: unknown, headers: Record<string, string> = {}, status = 200) =>
  new Response(JSON.stringify(value), { status, headers });

const asking = (answers: Answers) => {
  const calls: Call[] = [];
  const waits: number[] = [];
  const ask = createAsk({
    fetch: async (url, init) => {
      calls.push({ url: url.href, init });
      return answers(url.pathname + url.search, calls.length);
    },
    wait: async (ms) => void waits.push(ms),
  });
  const list = () => listVerifications(ask, PRODUCTION, { clientId: 'id', clientSecret: 'secret' });
  return { calls, waits, list };
};

const ROWS = [
  { user_id: 'a', level: 'plus', credential: 'approved' },
  { user_id: 'b', level: 'plus+liveness', credential: 'pending', more: 1 },
];

const fractal =
  (rows: unknown = ROWS, total: unknown = { approved: 1, pending: 1 }): Answers =>
  (path) =>
    path === '/oauth/token' ? json({ access_token: 'tok' }) : path === '/v2/stats/total-verifications' ? json(total) : json(rows);

describe('the list of verifications', () => {
  test('is asked with a token, and has the rows', async () => {
    const { calls, list } = asking(fractal());
    expect(await list()).toEqual({
      rows: [
        { user_id: 'a', level: 'plus', status: 'approved' },
        { user_id: 'b', level: 'plus+liveness', status: 'pending' },
      ],
      unreadable: 0,
      cut: undefined,
    });
    expect(calls.map(({ url }) => url)).toEqual([
      'https://auth.fractal.id/oauth/token',
      'https://resource.fractal.id/v2/stats/user-verifications',
      'https://resource.fractal.id/v2/stats/total-verifications',
    ]);
    expect(String(calls[0]?.init.body)).toBe(
      'client_id=id&client_secret=secret&grant_type=client_credentials&scope=client.stats%3Aread',
    );
    expect(calls[1]?.init).toMatchObject({ headers: { authorization: 'Bearer tok' }, redirect: 'manual' });
  });

  test('has all pages of the same host, each once', async () => {
    const { list, calls } = asking((path, call) => {
      if (path.startsWith('/v2/stats/user-verifications')) {
        const next = path.includes('page=2')
          ? '<https://elsewhere.example/?page=3>; rel="next"'
          : '<?page=1>; rel="prev", <?page=2>; rel="next"';
        return json(ROWS, { link: next });
      }
      return fractal()(path, call);
    });
    expect((await list()).rows).toHaveLength(4);
    expect(calls).toHaveLength(4);
  });

  test.each([
    ['fewer rows than Fractal counts', ROWS, { approved: 55, rejected: 10 }, 'Fractal counts 65 verifications and lists 2'],
    ['no count', ROWS, 'none', 'Fractal does not say how many verifications there are'],
    ['as many', ROWS, { approved: 2 }, undefined],
  ])('%s: says if it is cut', async (_, rows, total, cut) => {
    expect((await asking(fractal(rows, total)).list()).cut).toBe(cut);
  });

  test('counts rows of another form, and reads the status where an example of Fractal has it', async () => {
    const { list } = asking(fractal([{ user_id: 'a', level: 'plus', status: 'rejected' }, { user_id: 1 }, null, 'x']));
    expect(await list()).toMatchObject({ rows: [{ user_id: 'a', level: 'plus', status: 'rejected' }], unreadable: 3 });
  });

  test.each<[string, Answers, RegExp]>([
    [
      'wrong credentials',
      () => json({ error: 'invalid_client' }, {}, 401),
      /^auth\.fractal\.id answered 401: the client id or the client secret is wrong, or .* is not the token of the webhooks$/,
    ],
    [
      'another server',
      () => json({ hello: 'there' }),
      /^auth\.fractal\.id answered without an access token\. Is it the right host\?$/,
    ],
    [
      'a redirect',
      () => json({}, { location: 'https://elsewhere.example' }, 302),
      /^auth\.fractal\.id answered 302 to POST \/oauth\/token\. Is it the right host\?$/,
    ],
    [
      'no list',
      (path, call) => (path === '/oauth/token' ? fractal()(path, call) : json({ rows: [] })),
      /^resource\.fractal\.id answered with what is no list of verifications\.$/,
    ],
    [
      'a scope that is missing',
      (path, call) => (path === '/oauth/token' ? fractal()(path, call) : json({}, {}, 403)),
      /^resource\.fractal\.id answered 403: the client may not read its statistics/,
    ],
    [
      'an unknown host',
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ENOTFOUND' } })),
      /^There is no host auth\.fractal\.id\. Check its name, or the DNS and the proxy of this network\.$/,
    ],
    [
      'a proxy that reads TLS',
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } })),
      /^The certificate of auth\.fractal\.id is not valid here \(SELF_SIGNED_CERT_IN_CHAIN\)\. .* NODE_EXTRA_CA_CERTS\.$/,
    ],
  ])('%s is an error at once, with what to do', async (_, answers, message) => {
    const { list, waits } = asking(answers);
    await expect(list()).rejects.toThrow(AskError);
    await expect(list()).rejects.toThrow(message);
    expect(waits).toEqual([]);
  });

  test.each<[string, () => Response | Promise<Response>, RegExp, number[]]>([
    [
      'too many calls',
      () => json({}, { 'retry-after': '7' }, 429),
      /answered 429, 4 times\. Retry later\.$/,
      [7_000, 7_000, 7_000],
    ],
    ['an outage', () => json({}, {}, 503), /answered 503, 4 times/, [1_000, 2_000, 4_000]],
    ['a long pause', () => json({}, { 'retry-after': '86400' }, 503), /answered 503, 4 times/, [60_000, 60_000, 60_000]],
    [
      'half an answer',
      () => new Response('[{"user_id":'),
      /answered with what is no JSON, or with half of it, 4 times/,
      [1_000, 2_000, 4_000],
    ],
    [
      'a lost connection',
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })),
      /could not be reached \(ECONNRESET\), 4 times/,
      [1_000, 2_000, 4_000],
    ],
    [
      'no answer',
      () => Promise.reject(new DOMException('timeout', 'TimeoutError')),
      /did not answer within 30 s, 4 times/,
      [1_000, 2_000, 4_000],
    ],
  ])('%s is retried, and then an error', async (_, answer, message, pauses) => {
    const { list, waits } = asking(() => answer());
    await expect(list()).rejects.toThrow(message);
    expect(waits).toEqual(pauses);
    let failures = 2;
    const { list: again } = asking((path, call) => (failures-- > 0 ? answer() : fractal()(path, call)));
    expect((await again()).rows).toHaveLength(2);
  });

  test('a pause until a date is kept', async () => {
    const now = Date.parse('2026-11-25T08:00:00Z');
    jest.spyOn(Date, 'now').mockReturnValue(now);
    const { list, waits } = asking(() => json({}, { 'retry-after': new Date(now + 30_000).toUTCString() }, 429));
    await expect(list()).rejects.toThrow(AskError);
    expect(waits).toEqual([30_000, 30_000, 30_000]);
    jest.restoreAllMocks();
  });

  test.each([
    [
      'http://auth.example',
      /^http:\/\/auth\.example is not asked, because it would get the credentials unencrypted\. Use https\.$/,
    ],
    ['auth.example', /^auth\.example is no URL\. Specify one such as https:\/\/auth\.fractal\.id\.$/],
  ])('credentials are not sent to %s', async (auth, message) => {
    const ask = async (): Promise<never> => {
      throw new Error('asked');
    };
    const listed = listVerifications(ask, { auth, resource: PRODUCTION.resource }, { clientId: 'id', clientSecret: 'secret' });
    await expect(listed).rejects.toThrow(message);
  });
});
