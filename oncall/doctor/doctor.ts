import { styleText } from 'node:util';
import { readSecret } from '../delivery.ts';
import { EXIT, explain } from '../failure.ts';
import type { Target } from '../target.ts';
import { checkAlarms, checkListeners } from './alarms.ts';
import { type Finding, wrong } from './finding.ts';
import { checkDeadLetters, checkMapping } from './queues.ts';
import { checkRoundTrip } from './round-trip.ts';
import { checkSecret } from './secret.ts';

export interface DoctorOptions {
  readonly json: boolean;
}

/** Checks a stack from end to end, a line per check as it is done. @returns the exit status: 1 if something is wrong */
export const examine = async (target: Target, { json }: DoctorOptions): Promise<number> => {
  let ok = true;
  for await (const finding of findings(target)) {
    ok &&= finding.ok;
    console.log(json ? JSON.stringify(finding) : render(finding));
  }
  return ok ? EXIT.done : EXIT.notAsItShouldBe;
};

async function* findings(target: Target): AsyncGenerator<Finding> {
  const secret = await attempt('secret', () => readSecret(target));
  const findingOfSecret = typeof secret === 'string' ? checkSecret(target.secretId, secret) : secret;
  yield findingOfSecret;
  const mapping = await attempt('mapping', () => checkMapping(target));
  yield mapping;
  // What is sent must come through, or it would be left behind.
  if (typeof secret === 'string' && findingOfSecret.ok && mapping.ok) yield* roundTrip(target, secret);
  else yield wrong('webhook', 'nothing was sent', `Mend the ${mapping.ok ? 'secret' : 'mapping'} first.`);
  yield await attempt('dead letters', () => checkDeadLetters(target));
  yield await attempt('alarms', () => checkAlarms(target));
  yield await attempt('listeners', () => checkListeners(target));
}

async function* roundTrip(target: Target, secret: string): AsyncGenerator<Finding> {
  try {
    yield* checkRoundTrip(target, secret);
  } catch (error) {
    yield notChecked('table', error);
  }
}

// One permission that is missing should not hide what the other checks find.
const attempt = <T>(check: string, run: () => Promise<T>): Promise<T | Finding> =>
  run().catch((error) => notChecked(check, error));

const notChecked = (check: string, error: unknown): Finding =>
  wrong(check, `could not be checked: ${explain(error)}`, 'Run this with a role that may do that.');

const render = ({ check, ok, says, remedy }: Finding): string => {
  const mark = ok ? styleText('green', 'ok   ') : styleText('red', 'wrong');
  const line = `${mark}  ${check.padEnd(12)}  ${says}`;
  return remedy ? `${line}\n${' '.repeat(21)}${remedy}` : line;
};
