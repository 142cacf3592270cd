import { NOTIFICATION_TYPES } from '../../functions/core/notification.ts';
import { ALL } from './entry.ts';

export const TYPES = [...NOTIFICATION_TYPES, ALL];
export const TYPE_HELP = 'the type of notification, or all for every type without tokens of its own';
export const TOKEN_HELP = 'read the token from this file (default: ask for it in a terminal, otherwise read standard input)';
export const YES_HELP = 'write without asking for confirmation';
