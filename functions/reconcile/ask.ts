import { Problem } from '../log.ts';

/** What an answer must not be larger than, in bytes: a million rows have about 100 MiB. */
const BYTES_AT_MOST = 256 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 4;
const PAUSE_MS = 1_000;
const PAUSE_AT_MOST_MS = 60_000;

/** Fractal can't be asked, or its answer can't be used. The message is for people and names the remedy. */
export class AskError extends Problem {
  static override readonly name = 'AskError';
  override readonly name = 'AskError';
  /** Whether it was retried, and may pass. */
  readonly isPassing: boolean;

  constructor(message: string, { isPassing = false } = {}) {
    super(message);
    this.isPassing = isPassing;
  }
}

export interface Answer {
  /** JSON; `undefined` if the answer was 404, and may be. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface AskOptions {
  /** Why credentials may be refused. */
  readonly refused: string;
  /** Whether 404 is an answer. */
  readonly mayBeAbsent?: boolean;
}

export interface AskDependencies {
  fetch(url: URL, init: RequestInit): Promise<Response>;
  wait(ms: number): Promise<void>;
}

/**
 * Calls an API that answers with JSON. Retries what can pass (429, 5xx, a lost connection), after `Retry-After` if it is given, and
 * follows no redirect.
 *
 * @throws AskError with what to do
 */
export const createAsk =
  ({ fetch, wait }: AskDependencies) =>
  async (url: URL, init: RequestInit, options: AskOptions): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      const problem = await once(fetch, url, init, options);
      if (!('why' in problem)) return problem;
      if (attempt === ATTEMPTS)
        throw new AskError(`${url.host} ${problem.why}, ${ATTEMPTS} times. Retry later.`, { isPassing: true });
      await wait(Math.min(problem.pauseMs ?? PAUSE_MS * 2 ** (attempt - 1), PAUSE_AT_MOST_MS));
    }
  };

export type Ask = ReturnType<typeof createAsk>;

interface Passing {
  readonly why: string;
  readonly pauseMs?: number | undefined;
}

const once = async (
  fetch: AskDependencies['fetch'],
  url: URL,
  init: RequestInit,
  { refused, mayBeAbsent = false }: AskOptions,
): Promise<Answer | Passing> => {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await textOf(response, url);
  } catch (error) {
    if (error instanceof AskError) throw error;
    return { why: lostConnection(error as Error, url) };
  }
  const { status, headers } = response;
  if (status === 401 || status === 403) throw new AskError(`${url.host} answered ${status}: ${refused}`);
  if (status === 404 && mayBeAbsent) return { body: undefined, headers };
  if (status === 429 || status >= 500) return { why: `answered ${status}`, pauseMs: pauseOf(headers) };
  if (status !== 200 && status !== 201)
    throw new AskError(`${url.host} answered ${status} to ${init.method ?? 'GET'} ${url.pathname}. Is it the right host?`);
  try {
    return { body: JSON.parse(text), headers };
  } catch {
    return { why: 'answered with what is no JSON, or with half of it' };
  }
};

const textOf = async (response: Response, url: URL): Promise<string> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > BYTES_AT_MOST) throw new AskError(`${url.host} answered with more than ${BYTES_AT_MOST / 2 ** 20} MiB.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
};

/** `Retry-After` in seconds, or as a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
const pauseOf = (headers: Headers): number | undefined => {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : undefined;
};

const CERTIFICATE = /CERT|SSL|TLS|ALTNAME|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** @throws AskError if a retry would not help */
const lostConnection = (error: Error, { host }: URL): string => {
  const { code = '' } = Object(error.cause);
  if (code === 'ENOTFOUND')
    throw new AskError(`There is no host ${host}. Check its name, or the DNS and the proxy of this network.`);
  if (CERTIFICATE.test(code))
    throw new AskError(
      `The certificate of ${host} is not valid here (${code}). A proxy that reads TLS needs its certificate in NODE_EXTRA_CA_CERTS.`,
    );
  if (error.name === 'TimeoutError') return `did not answer within ${TIMEOUT_MS / 1_000} s`;
  return `could not be reached${code ? ` (${code})` : ''}`;
};

/** @throws AskError if it is no URL, or would send the credentials unencrypted to another machine */
export const urlOf = (base: string, path: string): URL => {
  const url = URL.parse(path, base.endsWith('/') ? base : `${base}/`);
  if (!url) throw new AskError(`${base} is no URL. Specify one such as https://auth.fractal.id.`);
  if (url.protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    throw new AskError(`${url.origin} is not asked, because it would get the credentials unencrypted. Use https.`);
  return url;
};
