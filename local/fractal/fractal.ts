import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { userPartition } from '../../functions/core/facets.ts';
import { isTestUser } from '../../functions/core/test-user.ts';

/** A fault of the API: it is unreachable for the wrong credentials, too many calls, a slow answer, half of one, or no JSON. */
export const FRACTAL_FAULTS = ['401', '429', 'slow', 'half', 'invalid'] as const;

type Fault = (typeof FRACTAL_FAULTS)[number];

const TOKEN = 'local-access-token';
/** The level under which a result of Kraken is believed. */
const RESULT = 'kraken';
const KRAKEN_PATH = /^GET \/public\/kyc\/([^/]+)\/status$/;

/** Whether a header has a token of Kraken's form, valid now and for at most ten minutes. The signature is not checked: there is no key. */
const isForKraken = (authorization = ''): boolean => {
  try {
    const [header, claims] = authorization
      .replace(/^Bearer /, '')
      .split('.')
      .map((part) =>
        JSON.parse(
          Buffer.from(part, 'base64url')
            .toString()
            .replace(/^[^{].*/s, '0'),
        ),
      );
    const left = claims.exp - Date.now() / 1_000;
    return header.alg === 'ES512' && claims.api === true && typeof claims.clientId === 'string' && left > 0 && left <= 600;
  } catch {
    return false;
  }
};

/**
 * Plays Fractal's API and Kraken's on loopback: what it believes of each user and level is what was sent to the webhook, and what a person
 * changes. So a webhook that never came can be rehearsed. It shares no code with the client.
 */
export const startFractal = async (port: number) => {
  /** Statuses by user and level. */
  const believed = new Map<string, Map<string, string>>();
  /** The newest times that were sent, by user and level. */
  const times = new Map<string, number>();
  let fault: { readonly kind: Fault; left: number } | undefined;

  const believe = (user: string, level: string, status: string | null): void => {
    const levels = believed.get(user) ?? new Map<string, string>();
    if (status === null) levels.delete(level);
    else levels.set(level, status);
    believed.set(user, levels);
  };
  const rows = () =>
    [...believed].flatMap(([user_id, levels]) =>
      [...levels].filter(([level]) => level !== RESULT).map(([level, credential]) => ({ user_id, level, credential })),
    );

  const send = (response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };

  /** @returns whether a fault has answered */
  const failed = async (response: ServerResponse, value: unknown): Promise<boolean> => {
    if (!fault) return false;
    const { kind } = fault;
    fault.left -= 1;
    if (fault.left <= 0) fault = undefined;
    if (kind === '401') send(response, 401, { error: 'invalid_client' });
    else if (kind === '429') send(response, 429, { error: 'too_many_requests' }, { 'retry-after': '1' });
    else if (kind === 'invalid') response.writeHead(200).end('<html>');
    else if (kind === 'half') response.writeHead(200).end(JSON.stringify(value).slice(0, 10));
    else await wait(2_000);
    return kind !== 'slow';
  };

  const api: Readonly<Record<string, (message: IncomingMessage) => unknown>> = {
    'POST /oauth/token': () => ({ access_token: TOKEN, token_type: 'Bearer', expires_in: 7_200 }),
    'GET /v2/stats/user-verifications': rows,
    'GET /v2/stats/total-verifications': () =>
      Object.fromEntries(
        Object.entries(Object.groupBy(rows(), ({ credential }) => credential)).map(([status, those]) => [status, those?.length]),
      ),
  };

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = message;
    const path = `${method} ${url.split('?')[0]}`;
    if (path === 'PUT /believes') {
      const { user_id, level, status } = JSON.parse(await text(message));
      believe(String(user_id), String(level), status === null ? null : String(status));
      return send(response, 200, rows());
    }
    if (path === 'PUT /fault') {
      const { fault: kind, times = 1 } = JSON.parse(await text(message));
      fault = FRACTAL_FAULTS.includes(kind) ? { kind, left: Number(times) } : undefined;
      return send(response, 200, { fault: kind });
    }
    // The backend of forwardTo, if there is no other.
    if (path === 'POST /backend') return send(response, 200, {});
    const [, asked] = KRAKEN_PATH.exec(path) ?? [];
    if (asked !== undefined) {
      const state = believed.get(decodeURIComponent(asked))?.get(RESULT);
      if (!isForKraken(headers.authorization)) send(response, 401, { error: 'unauthorized' });
      else if (!(await failed(response, { state }))) send(response, state === undefined ? 404 : 200, { state });
      return;
    }
    const answer = api[path];
    if (!answer) return send(response, 404, { error: 'not_found' });
    if (path.startsWith('GET') && headers.authorization !== `Bearer ${TOKEN}`)
      return send(response, 401, { error: 'invalid_token' });
    const value = answer(message);
    if (!(await failed(response, value))) send(response, 200, value);
  };

  const server = createServer((message, response) => {
    // A page of another site could change what is believed.
    if (message.headers.origin !== undefined) return send(response, 403, { error: 'not_for_pages' });
    serve(message, response).catch(() => send(response, 400, { error: 'bad_request' }));
  });
  const listen = (at: number) =>
    new Promise<void>((ready, failed) => server.once('error', failed).listen(at, '127.0.0.1', ready));
  await listen(port).catch(() => listen(0));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Fractal believes what it has sent. It has none of the test users of doctor. */
    sent: (body: Uint8Array): void => {
      try {
        const { type, data, id, status: result } = JSON.parse(Buffer.from(body).toString());
        if (isTestUser(userPartition(String(id ?? data?.user_id)))) return;
        if (type === undefined && id !== undefined && result !== undefined) believe(String(id), RESULT, String(result));
        const [, status] = /^verification_(approved|contacted|rejected)$/.exec(type) ?? [];
        const key = JSON.stringify([data?.user_id, data?.level]);
        const time = Date.parse(data?.timestamp);
        if (status === undefined || time < (times.get(key) ?? time)) return;
        times.set(key, time);
        believe(String(data.user_id), String(data.level), status);
      } catch {
        // Not a notification.
      }
    },
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
