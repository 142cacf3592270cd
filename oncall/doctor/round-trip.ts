import { randomUUID } from 'node:crypto';
import { formatInstant } from '../../functions/core/instant.ts';
import { KRAKEN } from '../../functions/core/kraken.ts';
import { stateOf } from '../../functions/core/notification.ts';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import type { State } from '../../functions/core/state.ts';
import { DOCTOR_PREFIX } from '../../functions/core/test-user.ts';
import { deliveryId } from '../../functions/ingest/delivery-id.ts';
import { tokenProblem } from '../../functions/ingest/token-form.ts';
import { entryFor, NO_TOKEN_YET, parseTokens } from '../../functions/ingest/tokens.ts';
import { CALLED } from '../called.ts';
import { deleteItems } from '../delete-items.ts';
import { type Found, type Posted, post, type Secret, SHOWN_WITHIN_MS, signatureOf, untilShown } from '../delivery.ts';
import { explainError } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { checkBackend, checkEvent } from './event.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';
import { sectionOnApply } from './section-on-apply.ts';

const LEVEL = 'doctor';
// AWS rejects requests whose signature is five minutes off.
const CLOCK_OFF_AT_MOST_MS = 60_000;

/** A notification of each contract. */
const SAMPLES = [
  {
    type: 'verification_contacted',
    prefix: '',
    bodyFor: (user: string, now: number): object => ({
      type: 'verification_contacted',
      data: { level: LEVEL, user_id: user, timestamp: formatInstant(Math.floor(now / 1_000) * 1_000) },
    }),
  },
  {
    type: KRAKEN,
    prefix: 'Kraken: ',
    bodyFor: (user: string): object => ({ id: user, status: 'approved' }),
  },
] as const;

type Sample = (typeof SAMPLES)[number];

const sendable = (value: string): Sample[] => {
  try {
    const tokens = parseTokens(value);
    return SAMPLES.filter(({ type }) => {
      const [token] = tokens.get(entryFor(tokens, type)) ?? [];
      return token !== undefined && tokenProblem(token) === undefined && !tokens.has(NO_TOKEN_YET);
    });
  } catch {
    return [];
  }
};

/** Whether this value of the secret has a plausible token to sign a notification with. */
export const canSend = (value: string): boolean => sendable(value).length > 0;

/**
 * Sends a signed notification for a test user, follows it to the table, and deletes its item. Does so for each contract whose
 * token the secret has, unless one before it did not arrive: the way is the same.
 */
export async function* checkRoundTrip(target: Target, secret: Secret): AsyncGenerator<Finding> {
  for (const [index, sample] of sendable(secret.value).entries()) {
    let arrived = false;
    for await (const finding of roundTrip(target, secret, sample, index === 0)) {
      arrived ||= finding.check === 'round trip' && finding.result === 'ok';
      yield { ...finding, says: `${sample.prefix}${finding.says}` };
    }
    if (!arrived) return;
  }
}

async function* roundTrip(
  target: Target,
  secret: Secret,
  { type, bodyFor }: Sample,
  withClock: boolean,
): AsyncGenerator<Finding> {
  const user = `${DOCTOR_PREFIX}${randomUUID()}`;
  const started = Date.now();
  const body = Buffer.from(JSON.stringify(bodyFor(user, started)));
  const wanted = wantedBy(body, started);

  using _ = finishFirst('the test user is deleted');
  let posted: Posted;
  try {
    posted = await post(target.webhookUrl, body, signatureOf(secret, body, type));
  } catch (error) {
    // The notification may have arrived, and be applied later.
    yield wrong('webhook', `no answer: ${explainError(error)}`, forgetLater(user, target));
    return;
  }
  const took = Date.now() - started;
  yield checkAnswer(posted, took, user, target);
  if (withClock) yield checkClock(posted.date, started + took);
  if (posted.answer.status !== 'accepted') return;

  const table = stateReaderOf(target);
  waitingFor('the notification to be in the table');
  let found: Found | undefined;
  try {
    found = await untilShown(wanted, () => table.one(wanted.key), started);
    if (found) await deleteItems(target, [wanted.key]);
  } catch (error) {
    yield unknown('round trip', `could not be followed: ${explainError(error, target)}`, `Retry. ${forgetLater(user, target)}`);
    return;
  }
  if (found) {
    yield ok('round trip', `in the table after ${(found.afterMs / 1_000).toFixed(2)} s, then deleted`);
    if (target.events) {
      waitingFor('its event');
      const { events } = target;
      const notReceived = (error: unknown) => unknown('event', `could not be received: ${explainError(error, target)}`, 'Retry.');
      const event = await checkEvent(target, events, user, Date.now()).catch(notReceived);
      yield event;
      if (event.result === 'ok' && target.forwardsChecks)
        yield await checkBackend(target, events, user, Date.now()).catch(notReceived);
    }
  } else {
    yield wrong(
      'round trip',
      `not in the table after ${SHOWN_WITHIN_MS / 1_000} s`,
      `See ${await sectionOnApply(target)} in oncall/RUNBOOK.md. ${forgetLater(user, target)}`,
    );
  }
}

const wantedBy = (body: Buffer, now: number): State => {
  const parsed = parseNotification(body, now);
  if (parsed.kind !== 'understood') throw new Error(`the notification of doctor is not understood: ${parsed.reason}`);
  return stateOf(parsed.notification, { id: deliveryId(body), receivedAt: now });
};

const forgetLater = (user: string, { options }: Target): string =>
  `The notification may still be applied. If it is, delete the test user: ${CALLED} forget ${user} --yes${options}`;

const checkAnswer = ({ status, answer }: Posted, tookMs: number, user: string, target: Target): Finding => {
  const says = `${status} ${answer.error ?? answer.reason ?? answer.message ?? answer.status ?? ''} after ${tookMs} ms`;
  if (answer.status === 'accepted') return ok('webhook', says);
  if (status === 401) {
    return wrong(
      'webhook',
      says,
      'A changed token works within ten seconds. Otherwise see wrong-signatures in oncall/RUNBOOK.md.',
    );
  }
  // SQS may have the message although ingest or API Gateway failed.
  const left = status >= 500 ? ` ${forgetLater(user, target)}` : '';
  return wrong('webhook', says, `See server-errors in oncall/RUNBOOK.md.${left}`);
};

const checkClock = (theirs: number, ours: number): Finding => {
  const off = Math.round((ours - theirs) / 1_000);
  if (Number.isNaN(off)) return ok('clock', "the webhook's response has no Date header to compare with");
  if (Math.abs(off) * 1_000 <= CLOCK_OFF_AT_MOST_MS) return ok('clock', `at most ${Math.abs(off)} s off`);
  return wrong(
    'clock',
    // Stryker disable next-line EqualityOperator: it is not 0 here.
    `this machine is ${Math.abs(off)} s ${off > 0 ? 'ahead' : 'behind'}`,
    'Set its clock, for example with NTP.',
  );
};
