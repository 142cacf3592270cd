import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { CALLED } from '../called.ts';
import { ALL } from './entry.ts';

export const TYPES = [...NOTIFICATION_TYPES, ALL];
export const TYPE_HELP = 'the type of notification, or all for every type without tokens of its own';
export const TOKEN_HELP = 'read the token from this file (default: ask for it in a terminal, otherwise read standard input)';
export const YES_HELP = 'write without asking for confirmation';

/** What follows the options in the help. @param examples the arguments of `tokens` */
export const helpAfter = (...examples: readonly string[]): string =>
  [
    '',
    'Exit status: 1 if the secret was changed by someone else at the same time.',
    '',
    'Examples:',
    ...examples.map((one) => `  ${CALLED} tokens ${one}`),
  ].join('\n');
