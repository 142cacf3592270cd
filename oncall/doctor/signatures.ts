import { formatInstant } from '../../functions/core/instant.ts';
import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import type { Cause, Refusal } from '../../functions/core/refusal.ts';
import { count } from '../../functions/words/count.ts';
import { refusalInWords } from '../../functions/words/refusal-words.ts';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';
import { countSignatures } from './signature-counts.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
// Ingest reads a changed secret after ten seconds at most.
const TAKES_EFFECT_MS = 10_000;

export interface SignaturesOptions {
  /** The namespace of the stack's own metrics. */
  readonly namespace: string;
  /** Whether the alarm on invalid signatures is in ALARM. */
  readonly isTriggered: boolean;
  /** The end of the time to look at, in epoch milliseconds. */
  readonly until: number;
  /** When the secret got its value, in epoch milliseconds; `undefined` if not known. */
  readonly secretSince: number | undefined;
}

/**
 * How many deliveries were refused because of their signature within an hour, or since the secret changed; why, and what to do about
 * each cause. It is `ok` if the alarm is not in ALARM, and all that is known is that strangers may have sent them.
 */
export const checkSignatures = async (target: Target, options: SignaturesOptions): Promise<Finding> => {
  const { namespace, isTriggered } = options;
  const { since, ...period } = periodOf(options);
  const { accepted, refused, causes } = await countSignatures(target, namespace, period);
  const received =
    accepted === 0 ? "none of Fractal's was accepted" : `${count(accepted, "of Fractal's was", "of Fractal's were")} accepted`;
  const isExplained = causes.some(({ why }) => why.cause !== 'unknown' && why.cause !== 'not_examined');
  if (refused === 0) {
    const clears = isTriggered ? '. The alarm clears within 15 minutes, and Fractal retries what was refused before' : '';
    return ok('signatures', `${since}, none was refused, and ${received}${clears}`);
  }
  const says = `${since}, ${received}, and ${count(refused, 'was', 'were')} refused`;
  const explained = causes.map(
    ({ why, count: ofCause }) => `${ofCause} of ${refused} refused ${ofCause === 1 ? 'is' : 'are'} ${refusalInWords(why)}`,
  );
  if (!isTriggered && !isExplained) return ok('signatures', [says, ...explained].join('; '));
  const remedies = causes.map(({ why }, index) => `${explained[index]}. ${REMEDIES[why.cause](why, target)}`);
  return wrong('signatures', says, remedies.join(' ') || 'See wrong-signatures in oncall/RUNBOOK.md.');
};

/** The whole minutes since the secret changed, because CloudWatch counts per minute; otherwise the last hour. */
const periodOf = ({ until, secretSince }: SignaturesOptions) => {
  const hourAgo = until - HOUR_MS;
  const effective = Math.ceil(((secretSince ?? 0) + TAKES_EFFECT_MS) / MINUTE_MS) * MINUTE_MS;
  if (secretSince === undefined || secretSince < hourAgo) return { from: hourAgo, until, since: 'in the last hour' };
  const at = formatInstant(Math.floor(secretSince / 1_000) * 1_000);
  return effective > until - MINUTE_MS
    ? { from: hourAgo, until, since: `in the last hour, most of it before the secret changed at ${at}` }
    : { from: effective, until, since: `since the secret changed at ${at}` };
};

const REMEDIES: Readonly<Record<Cause, (why: Refusal, target: Target) => string>> = {
  other_type: ({ type }, target) =>
    `Add the token of ${type}: ${tokens('add', type, target)}. If the secret has it already, somebody else signs with the other token.`,
  former_token: ({ entry }, target) =>
    `If Fractal's dashboard still shows that token, add it again: ${tokens('add', entry, target)}.`,
  classic_token: (_, target) =>
    `Store the webhook secret key of Kraken: ${tokens('add', 'kraken', target)}. If the secret has it already, somebody else signs with the other token.`,
  kraken_token: ({ type }, target) =>
    `Add the token of ${type}: ${tokens('add', type, target)}. If the secret has it already, somebody else signs with Kraken's.`,
  sha1: () => 'Kraken signs its results with SHA-256: find out what sent them.',
  sha256: () => 'Fractal signs these types with SHA-1: find out what sent them.',
  no_prefix: () => 'A proxy in front of the webhook changes the header, or another program sent them.',
  upper_case: () => 'A proxy in front of the webhook changes the header, or another program sent them.',
  changed_body: () => 'A proxy in front of the webhook must pass the bytes of the body unchanged.',
  client_secret: ({ entry }, target) => `Store the webhook's token instead: ${tokens('set', entry, target)}.`,
  unknown: ({ type }, target) =>
    `Compare the secret with Fractal's dashboard, and add a token that is missing: ${tokens('add', type, target)}. If none is missing, somebody is guessing.`,
  not_examined: () => 'One a second is examined, of at most 4 KiB.',
};

const tokens = (action: 'set' | 'add', entry: Refusal['entry'], { options }: Target): string =>
  `${CALLED} tokens ${action} ${ARGUMENTS[entry] ?? entry}${options}`;

/** What the command calls an entry whose name is not its argument. */
const ARGUMENTS: Readonly<Record<string, string>> = { [ALL_OTHER_TYPES]: 'all', other: 'TYPE', none: 'TYPE' };
