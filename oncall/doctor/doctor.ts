import { styleText } from 'node:util';
import { awsProblem } from '../aws-problem.ts';
import { readSecret, type Secret } from '../delivery.ts';
import { EXIT, explainError, isUnreachable } from '../failure.ts';
import { printJson } from '../print-json.ts';
import type { Target } from '../target.ts';
import { checkAlarms, checkDelivery, checkListeners } from './alarms.ts';
import { checkConcurrency } from './concurrency.ts';
import { type Finding, skipped, unknown, wrong } from './finding.ts';
import { checkOtherUrls } from './other-urls.ts';
import { checkDeadLetters, checkMapping, checkStream, checkUnpublished } from './queues.ts';
import { checkQuotas } from './quotas.ts';
import { showRelease } from './release.ts';
import { canSend, checkRoundTrip } from './round-trip.ts';
import { checkRules } from './rules.ts';
import { checkSecret } from './secret.ts';
import { checkHistory, checkTable } from './table.ts';
import { testAlarm as runAlarmTest } from './test-alarm.ts';

export interface DoctorOptions {
  /** Whether to send a notification, which requires the signing token. */
  readonly webhook: boolean;
  /** Whether to put an alarm into ALARM. */
  readonly testAlarm: boolean;
  readonly json: boolean;
}

/** Checks a stack from end to end, and prints each result at once. @returns the exit status: 1 unless every result is `ok` */
export const examine = async (target: Target, { json, ...options }: DoctorOptions): Promise<number> => {
  let ok = true;
  for await (const finding of findings(target, options)) {
    ok &&= finding.result === 'ok';
    if (json) printJson(finding);
    else console.log(render(finding));
  }
  return ok ? EXIT.done : EXIT.problem;
};

const NOT_READ: Secret = { value: '', since: undefined };

async function* findings(target: Target, { webhook, testAlarm }: Omit<DoctorOptions, 'json'>): AsyncGenerator<Finding> {
  const began = Date.now();
  const read = () => attempt(target, 'secret', () => readSecret(target));
  // Stryker disable next-line StringLiteral: without the webhook, it is not read.
  const secret = webhook ? await read() : NOT_READ;
  const findingOfSecret = 'value' in secret ? checkSecret(target, secret.value) : secret;
  if (webhook) yield findingOfSecret;
  const mapping = await attempt(target, 'mapping', () => checkMapping(target));
  yield mapping;
  const { events } = target;
  const stream = events && (await attempt(target, 'stream', () => checkStream(target, events)));
  if (stream) yield stream;
  const table = await attempt(target, 'table', () => checkTable(target));
  yield table;
  const { historyTableName } = target;
  const ofHistory = historyTableName === undefined ? undefined : { ...target, tableName: historyTableName };
  const history = ofHistory && (await attempt(ofHistory, 'history', () => checkHistory(ofHistory)));
  if (history) yield history;
  // Without an enabled event source mapping, publish sends no event.
  const followed = stream?.result === 'wrong' ? { ...target, events: undefined } : target;
  if (webhook) yield* checkWebhook(followed, secret, [mapping, table, ...(history ? [history] : [])]);
  if (webhook && events && !followed.events) yield skipped('event', 'not followed', 'Fix the stream first.');
  if (webhook) yield* checkOtherUrls(target);
  yield showRelease(target);
  yield await attempt(target, 'dead letters', () => checkDeadLetters(target));
  if (events) yield await attempt(target, 'unpublished', () => checkUnpublished(target, events));
  if (events) yield await attempt(target, 'rules', () => checkRules(target, events));
  yield await attempt(target, 'concurrency', () => checkConcurrency(target));
  if (target.throttleRate > 0) yield await attempt(target, 'quotas', () => checkQuotas(target));
  const secretSince = 'since' in secret ? secret.since : undefined;
  yield* attemptEach(target, 'alarms', () => checkAlarms(target, { began, secretSince }));
  yield await attempt(target, 'listeners', () => checkListeners(target));
  if (testAlarm) yield await attempt(target, 'test alarm', () => runAlarmTest(target));
  yield await attempt(target, 'delivery', () => checkDelivery(target));
}

/** @param onTheWay the findings on the parts that a notification passes: nothing is sent that would be left behind */
async function* checkWebhook(target: Target, secret: Secret | Finding, onTheWay: readonly Finding[]): AsyncGenerator<Finding> {
  const obstacle = onTheWay.find(({ check, result }) => result === 'wrong' || (result === 'unknown' && check !== 'mapping'));
  if (!('value' in secret && canSend(secret.value))) yield skipped('webhook', 'nothing was sent', 'Fix the secret first.');
  else if (obstacle) yield skipped('webhook', 'nothing was sent', `Fix the ${obstacle.check} first.`);
  else yield* attemptEach(target, 'round trip', () => checkRoundTrip(target, secret));
}

async function* attemptEach(target: Target, check: string, run: () => AsyncGenerator<Finding>): AsyncGenerator<Finding> {
  try {
    yield* run();
  } catch (error) {
    yield notChecked(target, check, error);
  }
}

// A missing permission must not hide the results of the other checks.
const attempt = <T>(target: Target, check: string, run: () => Promise<T>): Promise<T | Finding> =>
  run().catch((error) => notChecked(target, check, error));

const notChecked = (target: Target, check: string, error: unknown): Finding => {
  if (isUnreachable(error)) throw error;
  const problem = awsProblem(error, target);
  if (!problem) return unknown(check, `could not be checked: ${explainError(error, target)}`, 'Retry.');
  const { kind, what, remedy } = problem;
  return kind === 'broken' ? wrong(check, what, remedy) : unknown(check, `could not be checked: ${what}`, remedy);
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
