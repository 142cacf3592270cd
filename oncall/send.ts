import type { NotificationType } from '../functions/core/notification.ts';
import { read } from '../functions/core/reading.ts';
import { type State, stateOf } from '../functions/core/state.ts';
import { isConfirmed } from './confirm.ts';
import { type Found, post, readSecret, SHOWN_WITHIN_MS, tokenFor, untilShown } from './delivery.ts';
import { CannotRunError, EXIT, explain } from './failure.ts';
import { composeBody, type Said } from './notification.ts';
import { createStateReader } from './state-reader.ts';
import type { Target } from './target.ts';

export interface SendOptions {
  readonly wait: boolean;
  /** Whether nobody is asked. */
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Posts one signed notification, as Fractal would. What it says of a user is true in a deployed table from then on, so a person is
 * asked first.
 *
 * @returns the exit status: 1 if it was not accepted, or is not in the table in time
 */
export const send = async (target: Target, type: NotificationType, said: Said, options: SendOptions): Promise<number> => {
  const body = composeBody(type, said);
  const bytes = Buffer.from(body);
  const subject = said.user ?? said.human;
  if (target.options && subject !== undefined && !options.yes) {
    const question = `This states ${type} of ${subject}, to the deployed stack${target.options}.`;
    if (!(await isConfirmed(question, 'yes'))) throw new CannotRunError(`Nothing was sent. ${question} --yes does it.`);
  }
  const table = createStateReader(target);
  const wanted = stateWanted(bytes);
  // Only an e-mail address needs it, for it has no time of its own.
  const before = options.wait && wanted?.tieBreak === 'email' ? await table.one(wanted.key) : undefined;
  const token = tokenFor(await readSecret(target), type);

  const started = Date.now();
  const { status, answer } = await post(target.webhookUrl, bytes, token);
  const accepted = status === 202 && answer.status === 'accepted';
  if (!options.json) console.log(`sent    ${body}\nanswer  ${status} ${JSON.stringify(answer)}`);
  let problem: unknown;
  const found =
    options.wait && accepted && wanted
      ? await untilShown(wanted, () => table.one(wanted.key), started, before).catch((error) => {
          problem = error;
          return undefined;
        })
      : undefined;

  if (options.json) {
    console.log(
      JSON.stringify({ sent: JSON.parse(body), status, answer, table: found?.what ?? null, after_ms: found?.afterMs ?? null }),
    );
  } else if (options.wait && accepted) {
    console.log(`table   ${problem ? `can not be read. ${explain(problem)}` : inWords(found)}`);
  }
  return accepted && (found !== undefined || !options.wait) ? EXIT.done : EXIT.notAsItShouldBe;
};

const stateWanted = (bytes: Buffer): State | undefined => {
  const reading = read(bytes, Date.now());
  return reading.kind === 'understood' ? stateOf(reading.notification, Date.now()) : undefined;
};

const inWords = (found: Found | undefined): string => {
  if (!found) return `does not show it after ${SHOWN_WITHIN_MS / 1000} s`;
  if (found.what === 'holds_newer') return 'holds something newer, which stays';
  return `shows it after ${(found.afterMs / 1000).toFixed(2)} s`;
};
