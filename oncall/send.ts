import { setTimeout as wait } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { PlainItem } from '../functions/apply/plain-item.ts';
import type { NotificationType } from '../functions/core/notification.ts';
import { read } from '../functions/core/reading.ts';
import { type State, stateOf, tieBreakOf } from '../functions/core/state.ts';
import { SIGNATURE_HEADER, sign } from '../functions/ingest/signature.ts';
import { entryFor, parseTokens } from '../functions/ingest/tokens.ts';
import { CannotRunError, EXIT } from './failure.ts';
import { composeBody, type Said } from './notification.ts';
import { createStateReader } from './state-reader.ts';
import type { Target } from './target.ts';

export interface SendOptions {
  readonly wait: boolean;
  readonly json: boolean;
}

// Longer than a cold start and several batch windows together.
const WAIT_AT_MOST_MS = 30_000;
const LOOK_EVERY_MS = 50;
const ANSWER_WITHIN_MS = 10_000; // as Fractal's

/** Posts one signed notification, as Fractal would. @returns the exit status: 1 if it was not accepted, or is not in the table in time */
export const send = async (target: Target, type: NotificationType, said: Said, options: SendOptions): Promise<number> => {
  const body = composeBody(type, said);
  const bytes = Buffer.from(body);
  const table = createStateReader(target);
  const wanted = stateWanted(bytes);
  const before = options.wait && wanted ? await table.one(wanted.key) : undefined;
  const signature = sign(bytes, await tokenFor(target, type));

  const started = Date.now();
  const { status, answer } = await post(target.webhookUrl, bytes, signature);
  const accepted = status === 202 && answer.status === 'accepted';
  const found =
    options.wait && accepted && wanted
      ? await firstFound(async () => compare(wanted, before, await table.one(wanted.key)), started)
      : undefined;

  if (options.json) {
    console.log(
      JSON.stringify({ sent: JSON.parse(body), status, answer, table: found?.what ?? null, after_ms: found?.afterMs ?? null }),
    );
  } else {
    console.log(`sent    ${body}\nanswer  ${status} ${JSON.stringify(answer)}`);
    if (options.wait && accepted) console.log(`table   ${inWords(found)}`);
  }
  return accepted && (found !== undefined || !options.wait) ? EXIT.done : EXIT.notAsItShouldBe;
};

const stateWanted = (bytes: Buffer): State | undefined => {
  const reading = read(bytes, Date.now());
  return reading.kind === 'understood' ? stateOf(reading.notification, Date.now()) : undefined;
};

const tokenFor = async ({ client, secretId }: Target, type: string): Promise<string> => {
  const { SecretString = '' } = await new SecretsManagerClient(client).send(new GetSecretValueCommand({ SecretId: secretId }));
  const tokens = parseTokens(SecretString);
  const [token] = tokens.get(entryFor(tokens, type)) ?? [];
  if (token === undefined) throw new CannotRunError(`The secret has no token for ${type}, and none for "*".`);
  return token;
};

const post = async (url: string, body: Buffer<ArrayBuffer>, signature: string) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature },
    body,
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  return { status: response.status, answer: (await response.json()) as Readonly<Record<string, string>> };
};

interface Found {
  readonly what: 'shows_it' | 'holds_newer';
  readonly afterMs: number;
}

/** What the table has of what was sent. An e-mail address has the time of its receipt, which only the receiver knows. */
const compare = (wanted: State, before: PlainItem | undefined, item: PlainItem | undefined): Found['what'] | undefined => {
  if (!item) return undefined;
  const asOf = Number(item.as_of);
  if (wanted.tieBreak === 'email') return before === undefined || asOf > Number(before.as_of) ? 'shows_it' : undefined;
  if (asOf !== wanted.asOf) return asOf > wanted.asOf ? 'holds_newer' : undefined;
  const tieBreak = item[wanted.tieBreak] ?? '';
  if (tieBreak === tieBreakOf(wanted)) return 'shows_it';
  return tieBreak > tieBreakOf(wanted) ? 'holds_newer' : undefined;
};

const firstFound = async (look: () => Promise<Found['what'] | undefined>, started: number): Promise<Found | undefined> => {
  while (Date.now() - started < WAIT_AT_MOST_MS) {
    const what = await look();
    if (what) return { what, afterMs: Date.now() - started };
    await wait(LOOK_EVERY_MS);
  }
  return undefined;
};

const inWords = (found: Found | undefined): string => {
  if (!found) return `does not show it after ${WAIT_AT_MOST_MS / 1000} s`;
  if (found.what === 'holds_newer') return 'holds something newer, which stays';
  return `shows it after ${(found.afterMs / 1000).toFixed(2)} s`;
};
