import { styleText } from 'node:util';
import { readSecret } from '../delivery.ts';
import { EXIT, explain, isUnreachable } from '../failure.ts';
import type { Target } from '../target.ts';
import { checkAlarms, checkDelivery, checkListeners } from './alarms.ts';
import { checkConcurrency } from './concurrency.ts';
import { type Finding, skipped, unknown } from './finding.ts';
import { checkDeadLetters, checkMapping, checkStream, checkUnpublished } from './queues.ts';
import { ring as ringOne } from './ring.ts';
import { checkRoundTrip } from './round-trip.ts';
import { checkSecret } from './secret.ts';
import { checkTable } from './table.ts';

export interface DoctorOptions {
  /** Whether a notification is sent, for which the signing token is needed. */
  readonly webhook: boolean;
  /** Whether an alarm is set off. */
  readonly ring: boolean;
  readonly json: boolean;
}

/** Checks a stack from end to end, a line per check as it is done. @returns the exit status: 1 if something is not well */
export const examine = async (target: Target, { json, ...options }: DoctorOptions): Promise<number> => {
  let ok = true;
  for await (const finding of findings(target, options)) {
    ok &&= finding.result === 'ok';
    console.log(json ? JSON.stringify(finding) : render(finding));
  }
  return ok ? EXIT.done : EXIT.notAsItShouldBe;
};

async function* findings(target: Target, { webhook, ring }: Omit<DoctorOptions, 'json'>): AsyncGenerator<Finding> {
  const secret = webhook ? await attempt('secret', () => readSecret(target)) : '';
  const findingOfSecret = typeof secret === 'string' ? checkSecret(target, secret) : secret;
  if (webhook) yield findingOfSecret;
  const mapping = await attempt('mapping', () => checkMapping(target));
  yield mapping;
  const { events } = target;
  const stream = events && (await attempt('stream', () => checkStream(target, events)));
  if (stream) yield stream;
  const table = await attempt('table', () => checkTable(target));
  yield table;
  // While publish is not fed, no event comes.
  const followed = stream?.result === 'wrong' ? { ...target, events: undefined } : target;
  if (webhook) yield* checkWebhook(followed, secret, [findingOfSecret, mapping, table]);
  yield await attempt('dead letters', () => checkDeadLetters(target));
  if (events) yield await attempt('unpublished', () => checkUnpublished(target, events));
  yield await attempt('concurrency', () => checkConcurrency(target));
  yield* attemptEach('alarms', () => checkAlarms(target));
  yield await attempt('listeners', () => checkListeners(target));
  if (ring) yield await attempt('ring', () => ringOne(target));
  yield await attempt('delivery', () => checkDelivery(target));
}

/** @param onTheWay what was found of what a notification needs: what is sent must come through, or it would be left behind */
async function* checkWebhook(target: Target, secret: string | Finding, onTheWay: readonly Finding[]): AsyncGenerator<Finding> {
  const obstacle = onTheWay.find(({ check, result }) => result === 'wrong' || (result === 'unknown' && check !== 'mapping'));
  if (obstacle || typeof secret !== 'string') {
    yield skipped('webhook', 'nothing was sent', `Fix the ${obstacle?.check ?? 'secret'} first.`);
  } else {
    yield* attemptEach('round trip', () => checkRoundTrip(target, secret));
  }
}

async function* attemptEach(check: string, run: () => AsyncGenerator<Finding>): AsyncGenerator<Finding> {
  try {
    yield* run();
  } catch (error) {
    yield notChecked(check, error);
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

const MARKS = {
  ok: styleText('green', 'ok   '),
  wrong: styleText('red', 'wrong'),
  unknown: styleText('yellow', '?    '),
  skipped: styleText('yellow', 'skip '),
};

const render = ({ check, result, says, remedy }: Finding): string => {
  const line = `${MARKS[result]}  ${check.padEnd(12)}  ${says}`;
  return remedy ? `${line}\n${' '.repeat(21)}${remedy}` : line;
};
