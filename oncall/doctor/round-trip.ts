import { randomUUID } from 'node:crypto';
import { DOCTOR_PREFIX } from '../../functions/core/made-up.ts';
import { stateOf } from '../../functions/core/state.ts';
import { CALLED } from '../called.ts';
import { deleteItems } from '../delete-items.ts';
import { type Posted, post, SHOWN_WITHIN_MS, tokenFor, untilShown } from '../delivery.ts';
import { explain } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { createStateReader } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { checkEvent } from './event.ts';
import { type Finding, well, wrong } from './finding.ts';

const TYPE = 'verification_contacted';
const LEVEL = 'doctor';
// AWS refuses signatures of calls that are five minutes off.
const CLOCK_OFF_AT_MOST_MS = 60_000;

/**
 * Sends a signed notification about a user that does not exist, follows it to the table, and takes its item off again.
 *
 * @param secret the value of the secret
 */
export async function* checkRoundTrip(target: Target, secret: string): AsyncGenerator<Finding> {
  const user = `${DOCTOR_PREFIX}${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1_000) * 1_000;
  const data = { level: LEVEL, user_id: user, timestamp: new Date(timestamp).toISOString() };
  const wanted = stateOf({ type: TYPE, data: { ...data, timestamp } }, timestamp);

  using _ = finishFirst('the made-up user is taken off again');
  const started = Date.now();
  let posted: Posted;
  try {
    posted = await post(target.webhookUrl, Buffer.from(JSON.stringify({ type: TYPE, data })), tokenFor(secret, TYPE));
  } catch (error) {
    // It may have come, and be applied later.
    yield wrong('webhook', `no answer: ${explain(error)}`, `If it came: ${forgetLater(user, target)}`);
    return;
  }
  const took = Date.now() - started;
  yield checkAnswer(posted, took);
  yield checkClock(posted.date, started + took);
  if (posted.answer.status !== 'accepted') return;

  const table = createStateReader(target);
  waitingFor('the notification to be in the table');
  const found = await untilShown(wanted, () => table.one(wanted.key), started);
  if (found) {
    await deleteItems(target, [wanted.key]);
    yield well('round trip', `the notification was there after ${(found.afterMs / 1_000).toFixed(2)} s, and is taken off again`);
    if (target.events) {
      waitingFor('its event');
      yield await checkEvent(target, target.events, user, Date.now());
    }
  } else {
    yield wrong(
      'round trip',
      `the notification was not there after ${SHOWN_WITHIN_MS / 1_000} s`,
      `It may still come: ${forgetLater(user, target)}. See apply-failing in oncall/RUNBOOK.md.`,
    );
  }
}

const forgetLater = (user: string, { options }: Target): string =>
  `take it off then with ${CALLED} forget ${user} --yes${options}`;

const checkAnswer = ({ status, answer }: Posted, tookMs: number): Finding => {
  const said = `${status} ${answer.error ?? answer.reason ?? answer.message ?? answer.status ?? ''} after ${tookMs} ms`;
  if (answer.status === 'accepted') return well('webhook', said);
  if (status === 401) {
    return wrong(
      'webhook',
      said,
      'A token that was changed just now is known within ten seconds. Else see refusals in oncall/RUNBOOK.md.',
    );
  }
  return wrong('webhook', said, 'See server-errors in oncall/RUNBOOK.md.');
};

const checkClock = (theirs: number, ours: number): Finding => {
  const off = Math.round((ours - theirs) / 1_000);
  if (Number.isNaN(off)) return well('clock', "the webhook's answer has no date to compare with");
  if (Math.abs(off) * 1_000 <= CLOCK_OFF_AT_MOST_MS) return well('clock', `${Math.abs(off)} s off at most`);
  return wrong(
    'clock',
    `this machine is ${Math.abs(off)} s ${off > 0 ? 'ahead' : 'behind'}`,
    'Set its clock, by NTP for example.',
  );
};
