import * as v from 'valibot';
import type { Listed } from '../core/comparison.ts';
import { type Ask, AskError, urlOf } from './ask.ts';
import type { Hosts } from './hosts.ts';

export interface ClassicCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Fractal's list of verifications. */
export interface List {
  readonly rows: readonly Listed[];
  /** Rows that are not in the documented form. */
  readonly unreadable: number;
  /** Why the list may not have everything; `undefined` if it has. */
  readonly cut: string | undefined;
}

const PAGES_AT_MOST = 10_000;
const REFUSED =
  'the client id or the client secret is wrong, or they belong to the other of production and staging. The client secret is not the token of the webhooks';

const Token = v.object({ access_token: v.string() });
// Fractal's own examples name the outcome `credential` or `status`.
const Row = v.pipe(
  v.object({ user_id: v.string(), level: v.string(), credential: v.optional(v.string()), status: v.optional(v.string()) }),
  v.transform(({ user_id, level, credential, status }) => ({ user_id, level, status: credential ?? status })),
  v.object({ user_id: v.string(), level: v.string(), status: v.string() }),
);

/** Asks Fractal for the verifications of all users. @throws AskError with what to do */
export const listVerifications = async (
  ask: Ask,
  { auth, resource }: Hosts,
  { clientId, clientSecret }: ClassicCredentials,
  progress: (rows: number) => void = () => {},
): Promise<List> => {
  const form = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials', scope: 'client.stats:read' };
  const token = await ask(urlOf(auth, 'oauth/token'), { method: 'POST', body: new URLSearchParams(form) }, { refused: REFUSED });
  const parsed = v.safeParse(Token, token.body);
  if (!parsed.success) throw new AskError(`${urlOf(auth, '').host} answered without an access token. Is it the right host?`);
  const authorization = `Bearer ${parsed.output.access_token}`;
  const get = (url: URL) =>
    ask(url, { headers: { authorization } }, { refused: 'the client may not read its statistics (scope client.stats:read)' });

  const rows: Listed[] = [];
  let unreadable = 0;
  let url: URL | undefined = urlOf(resource, 'v2/stats/user-verifications');
  for (let page = 1; url && page <= PAGES_AT_MOST; page += 1) {
    const { body, headers } = await get(url);
    if (!Array.isArray(body)) throw new AskError(`${url.host} answered with what is no list of verifications.`);
    for (const one of body) {
      const row = v.safeParse(Row, one);
      if (row.success) rows.push(row.output);
      else unreadable += 1;
    }
    progress(rows.length);
    url = nextOf(headers, url);
  }
  const listed = rows.length + unreadable;
  const total = await totalOf(get, resource);
  const cut =
    total === undefined
      ? 'Fractal does not say how many verifications there are'
      : listed < total
        ? `Fractal counts ${total} verifications and lists ${listed}`
        : undefined;
  return { rows, unreadable, cut };
};

/** The next page, if there is one at the same host. https://www.rfc-editor.org/rfc/rfc8288 */
const nextOf = (headers: Headers, url: URL): URL | undefined => {
  const [, link] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(headers.get('link') ?? '') ?? [];
  const next = link === undefined ? null : URL.parse(link, url.href);
  return next?.origin === url.origin && next.href !== url.href ? next : undefined;
};

const totalOf = async (get: (url: URL) => Promise<{ readonly body: unknown }>, resource: string): Promise<number | undefined> => {
  const { body } = await get(urlOf(resource, 'v2/stats/total-verifications')).catch(() => ({ body: undefined }));
  const counts = v.safeParse(v.record(v.string(), v.number()), body);
  return counts.success ? Object.values(counts.output).reduce((sum, one) => sum + one, 0) : undefined;
};
