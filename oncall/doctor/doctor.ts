import { styleText } from 'node:util';
import { readSecret } from '../delivery.ts';
import { EXIT, explain, isUnreachable } from '../failure.ts';
import type { Target } from '../target.ts';
import { checkAlarms, checkListeners } from './alarms.ts';
import { type Finding, unknown, wrong } from './finding.ts';
import { checkDeadLetters, checkMapping } from './queues.ts';
import { checkRoundTrip } from './round-trip.ts';
import { checkSecret } from './secret.ts';
import { checkTable } from './table.ts';

export interface DoctorOptions {
  readonly json: boolean;
}

/** Checks a stack from end to end, a line per check as it is done. @returns the exit status: 1 if something is not well */
export const examine = async (target: Target, { json }: DoctorOptions): Promise<number> => {
  let ok = true;
  for await (const finding of findings(target)) {
    ok &&= finding.result === 'ok';
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
  const table = await attempt('table', () => checkTable(target));
  yield table;
  // What is sent must come through, or it would be left behind.
  const obstacle = [findingOfSecret, mapping, table].find(
    ({ check, result }) => result === 'wrong' || (result === 'unknown' && check !== 'mapping'),
  );
  if (obstacle || typeof secret !== 'string') {
    yield wrong('webhook', 'nothing was sent', `Mend the ${obstacle?.check ?? 'secret'} first.`);
  } else {
    yield* roundTrip(target, secret);
  }
  yield await attempt('dead letters', () => checkDeadLetters(target));
  yield await attempt('alarms', () => checkAlarms(target));
  yield await attempt('listeners', () => checkListeners(target));
}

async function* roundTrip(target: Target, secret: string): AsyncGenerator<Finding> {
  try {
    yield* checkRoundTrip(target, secret);
  } catch (error) {
    yield notChecked('round trip', error);
  }
}

// One permission that is missing should not hide what the other checks find.
const attempt = <T>(check: string, run: () => Promise<T>): Promise<T | Finding> =>
  run().catch((error) => notChecked(check, error));

const notChecked = (check: string, error: unknown): Finding => {
  if (isUnreachable(error)) throw error;
  const denied = error instanceof Error && /AccessDenied/.test(error.name);
  return unknown(
    check,
    `could not be checked: ${explain(error)}`,
    denied ? 'Run this with a role that may do that.' : 'Run this again.',
  );
};

const MARKS = { ok: styleText('green', 'ok   '), wrong: styleText('red', 'wrong'), unknown: styleText('yellow', '?    ') };

const render = ({ check, result, says, remedy }: Finding): string => {
  const line = `${MARKS[result]}  ${check.padEnd(12)}  ${says}`;
  return remedy ? `${line}\n${' '.repeat(21)}${remedy}` : line;
};
