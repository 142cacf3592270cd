import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import type { Cause, Refusal } from '../../functions/core/refusal.ts';
import { refusalInWords } from '../../functions/core/refusal-words.ts';
import { CALLED } from '../called.ts';
import type { Target } from '../target.ts';
import { countSignatures } from './signature-counts.ts';

/**
 * Why signatures were invalid within an hour, and what to do about each cause.
 *
 * @param namespace the namespace of the stack's own metrics
 * @param until the end of the hour, in epoch milliseconds
 */
export const verdictOnSignatures = async (target: Target, namespace: string, until: number): Promise<string> => {
  const { accepted, refused, causes } = await countSignatures(target, namespace, until);
  const received = accepted === 0 ? "none of Fractal's was accepted" : `${accepted} of Fractal's were accepted`;
  const explained = causes.map(({ why, count }) => {
    return `${count} of ${refused} refused ${count === 1 ? 'is' : 'are'} ${refusalInWords(why)}. ${REMEDIES[why.cause](why, target)}`;
  });
  return [`In the last hour, ${received}.`, ...explained].join(' ');
};

const REMEDIES: Readonly<Record<Cause, (why: Refusal, target: Target) => string>> = {
  other_type: ({ type }, target) =>
    `Add the token of ${type}: ${tokens('add', type, target)}. If the secret has it already, somebody else signs with the other token.`,
  former_token: ({ entry }, target) =>
    `If Fractal's dashboard still shows that token, add it again: ${tokens('add', entry, target)}.`,
  sha256: () => 'Fractal signs these types with SHA-1: find out what sent them.',
  no_prefix: () => 'A proxy in front of the webhook changes the header, or another program sent them.',
  upper_case: () => 'A proxy in front of the webhook changes the header, or another program sent them.',
  changed_body: () => 'A proxy in front of the webhook must pass the bytes of the body unchanged.',
  client_secret: ({ entry }, target) => `Store the webhook's token instead: ${tokens('set', entry, target)}.`,
  unknown: (_, target) =>
    `Compare the secret with Fractal's dashboard, and add a token that is missing: ${CALLED} tokens add TYPE${target.options}. If none is missing, somebody is guessing.`,
  not_examined: () => 'One a second is examined, of at most 4 KiB.',
};

const tokens = (action: 'set' | 'add', entry: Refusal['entry'], { options }: Target): string =>
  `${CALLED} tokens ${action} ${ARGUMENTS[entry] ?? entry}${options}`;

/** What the command calls an entry whose name is not its argument. */
const ARGUMENTS: Readonly<Record<string, string>> = { [ALL_OTHER_TYPES]: 'all', other: 'TYPE', none: 'TYPE' };
