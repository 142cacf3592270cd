import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parseJson } from '../functions/core/json.ts';
import { OWN_USER_AGENT } from '../functions/core/own-requests.ts';
import { predictOutcome, type State, type StoredItem } from '../functions/core/state.ts';
import { SIGNATURE_HEADER } from '../functions/ingest/signature.ts';
import { parseTokens, signatureFor } from '../functions/ingest/tokens.ts';
import manifest from '../package.json' with { type: 'json' };
import { CannotRunError } from './failure.ts';
import { unreachable } from './reach.ts';
import type { Target } from './target.ts';

// Longer than a cold start plus several batch windows.
export const SHOWN_WITHIN_MS = 30_000;
const POLL_EVERY_MS = 50;
const ANSWER_WITHIN_MS = 10_000; // Fractal's timeout

export interface Posted {
  readonly status: number;
  readonly answer: Readonly<Record<string, string>>;
  /** The receiver's clock in epoch milliseconds, to the second; `NaN` if unknown. */
  readonly date: number;
}

export interface Secret {
  readonly value: string;
  /** When it got this value, in epoch milliseconds. */
  readonly since: number | undefined;
}

export const readSecret = async ({ client, secretId: SecretId }: Target): Promise<Secret> => {
  const { SecretString: value = '', CreatedDate } = await new SecretsManagerClient(client).send(
    new GetSecretValueCommand({ SecretId }),
  );
  return { value, since: CreatedDate?.getTime() };
};

/** The signature that Fractal would send with a body of this type. @throws CannotRunError if the secret has no token for it */
export const signatureOf = ({ value }: Secret, body: Uint8Array, type: string): string => {
  const signature = signatureFor(parseTokens(value), body, type);
  if (signature === undefined) throw new CannotRunError(`The secret has no token for ${type}, and none for "*".`);
  return signature;
};

/**
 * Posts a body as Fractal would, but with a user agent that keeps it out of the counts of Fractal's. If the response is not JSON, so not the webhook's, `answer.message` reports it.
 *
 * @param signature without it, the request is not signed
 * @throws CannotRunError if there is no response within ten seconds
 */
export const post = async (url: string, body: Buffer<ArrayBuffer>, signature?: string): Promise<Posted> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': `${OWN_USER_AGENT}${manifest.version}`,
        ...(signature !== undefined && { [SIGNATURE_HEADER]: signature }),
      },
      body,
      redirect: 'manual', // Fractal treats a redirect as a failure
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    return { status: response.status, answer: answerIn(await response.text(), url), date };
  } catch (error) {
    throw unreachable(url, error);
  }
};

const answerIn = (text: string, url: string): Posted['answer'] => {
  const json = parseJson(text);
  return json === undefined
    ? { message: `the response from ${url} is not the webhook's: check for a proxy, a firewall or a web page` }
    : Object(json);
};

export interface Found {
  readonly what: 'shows_it' | 'holds_newer';
  readonly afterMs: number;
}

/**
 * Polls the table until it shows what was sent at `started` (epoch milliseconds), or something newer; for half a minute at most.
 *
 * @param before the item before sending, needed if Fractal sends no time: only the receiver knows the time of receipt
 */
export const untilShown = async (
  wanted: State,
  read: () => Promise<StoredItem | undefined>,
  started: number,
  before?: StoredItem,
): Promise<Found | undefined> => {
  while (Date.now() - started < SHOWN_WITHIN_MS) {
    const what = compare(wanted, before, await read());
    if (what) return { what, afterMs: Date.now() - started };
    await wait(POLL_EVERY_MS);
  }
  return undefined;
};

/** Whether the time of receipt decides what is newer, because Fractal sends no time. */
export const isOfReceipt = ({ tieBreaks }: State): boolean => tieBreaks.includes('email') || tieBreaks.includes('receipt');

const compare = (wanted: State, before: StoredItem | undefined, item: StoredItem | undefined): Found['what'] | undefined => {
  if (typeof item?.as_of !== 'number') return undefined;
  if (isOfReceipt(wanted)) {
    if (isDeepStrictEqual(item, before)) return undefined;
    return item.status === wanted.attributes.status ? 'shows_it' : 'holds_newer';
  }
  const outcome = predictOutcome(wanted, item);
  return outcome === 'duplicate' ? 'shows_it' : outcome === 'stale' ? 'holds_newer' : undefined;
};
