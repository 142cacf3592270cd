import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { parseShallowJson, toAsciiJson } from '../functions/core/json.ts';
import { ALL_OTHER_TYPES, stateOf } from '../functions/core/notification.ts';
import { parseNotification, textOf } from '../functions/core/parse-notification.ts';
import type { State } from '../functions/core/state.ts';
import { visible } from '../functions/words/visible.ts';
import { composeBody, type Overrides } from './compose-body.ts';
import { isConfirmed } from './confirm.ts';
import { type Found, isOfReceipt, post, readSecret, SHOWN_WITHIN_MS, signatureOf, untilShown } from './delivery.ts';
import { CannotRunError, EXIT, explainError } from './failure.ts';
import { printJson } from './print-json.ts';
import { stateReaderOf } from './state-reader.ts';
import type { Target } from './target.ts';

export interface SendOptions {
  /** A file whose bytes are sent unchanged; `-` for standard input. */
  readonly body: string | undefined;
  readonly wait: boolean;
  /** Sends without asking for confirmation. */
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Posts one signed notification, as Fractal would. This changes a user's state, so a deployed stack requires confirmation.
 *
 * @returns the exit status: 1 if the notification was not accepted, or is not in the table in time
 */
export const send = async (
  target: Target,
  type: string | undefined,
  overrides: Overrides,
  options: SendOptions,
): Promise<number> => {
  const bytes = await bytesToSend(type, overrides, options.body);
  const subject = overrides.user ?? overrides.human ?? (options.body && 'the user in the file');
  if (target.deployed && subject !== undefined && !options.yes) {
    const question = `This sends ${type ?? 'a notification'} about ${subject} to the deployed stack (${target.options.trim()}).`;
    if (!(await isConfirmed(question, 'yes'))) throw new CannotRunError(`Nothing was sent. ${question} Add --yes to confirm.`);
  }
  const table = stateReaderOf(target);
  const wanted = stateWanted(bytes);
  const before = options.wait && wanted && isOfReceipt(wanted) ? await table.one(wanted.key) : undefined;
  const claimed = type ?? parseNotification(bytes, Date.now()).type ?? ALL_OTHER_TYPES;
  const signature = signatureOf(await readSecret(target), bytes, claimed);

  const started = Date.now();
  const { status, answer } = await post(target.webhookUrl, bytes, signature);
  const accepted = status === 202 && answer.status === 'accepted';
  if (!options.json)
    console.log(`sent    ${visible(textOf(bytes) ?? `${bytes.length} bytes`)}\nanswer  ${status} ${toAsciiJson(answer)}`);
  let problem: unknown;
  const found =
    options.wait && accepted && wanted && !wanted.asksNothing
      ? await untilShown(wanted, () => table.one(wanted.key), started, before).catch((error) => {
          problem = error;
          return undefined;
        })
      : undefined;

  if (options.json) {
    printJson({ sent: jsonIn(bytes), status, answer, table: found?.what ?? null, after_ms: found?.afterMs ?? null });
  } else if (options.wait && accepted && wanted?.asksNothing) {
    console.log('table   unchanged, because it asks for no change');
  } else if (options.wait && accepted) {
    console.log(`table   ${problem ? `cannot be read. ${explainError(problem, target)}` : inWords(found)}`);
  }
  return accepted && (found !== undefined || !options.wait || wanted?.asksNothing) ? EXIT.done : EXIT.problem;
};

const bytesToSend = async (
  type: string | undefined,
  overrides: Overrides,
  file: string | undefined,
): Promise<Buffer<ArrayBuffer>> => {
  if (file === undefined && type === undefined) throw new CannotRunError('Specify a type, or --body FILE.');
  if (file === undefined) return Buffer.from(composeBody(type as string, overrides));
  if (Object.keys(overrides).length > 0)
    throw new CannotRunError('--body is sent unchanged: remove the options that set fields.');
  const bytes = file === '-' ? buffer(process.stdin) : readFile(file);
  return Buffer.from(
    await bytes.catch((error: NodeJS.ErrnoException) => {
      throw new CannotRunError(`${file} can't be read: ${error.code}.`);
    }),
  );
};

const jsonIn = (bytes: Buffer): unknown => parseShallowJson(bytes.toString()) ?? textOf(bytes) ?? bytes.toString('base64');

const stateWanted = (bytes: Buffer): State | undefined => {
  const reading = parseNotification(bytes, Date.now());
  return reading.kind === 'understood' ? stateOf(reading.notification, { id: '', receivedAt: Date.now() }) : undefined;
};

const inWords = (found: Found | undefined): string => {
  if (!found) return `does not show it after ${SHOWN_WITHIN_MS / 1000} s`;
  if (found.what === 'holds_newer') return 'unchanged, because it holds something newer';
  return `shows it after ${(found.afterMs / 1000).toFixed(2)} s`;
};
