import { Argument } from 'commander';
import { KRAKEN_STATUSES } from '../functions/core/kraken.ts';
import { NOTIFICATION_TYPES } from '../functions/core/notification.ts';
import { CALLED } from './called.ts';
import type { Overrides } from './compose-body.ts';
import type { Define } from './define.ts';
import type { SendOptions } from './send.ts';

type Sending = Overrides & SendOptions & { readonly type?: string };

export const defineSend: Define = (program, { target, settle }) => {
  program
    .command('send')
    .summary('sign and post one notification, as Fractal would')
    .description(
      'Signs one notification with the token in the secret and posts it to the webhook. Fields that you omit get made-up values.',
    )
    .addArgument(new Argument('[type]', 'the type of the notification').choices(NOTIFICATION_TYPES))
    .option('--type <type>', 'a type that this release does not know, instead of [type]')
    .option('--body <file>', 'send the bytes of this file unchanged (- for standard input)')
    .option('--user <id>', "user_id, or Kraken's id")
    .option('--level <level>', 'level or add-on')
    .option('--timestamp <time>', "Fractal's time of the event, in RFC 3339 (default: now)")
    .option('--email <address>', 'the new address, for email_changed')
    .option('--human <id>', 'idos_human_id, for credential_shared')
    .option('--credential <id>', 'credential_id, for credential_shared')
    .option('--status <status>', `for kraken: ${KRAKEN_STATUSES.join(', ')}`)
    .option('--note <text>', 'for kraken: the reason of a rejection')
    .option('--wait', 'wait until the table shows the notification, and print how long that took', false)
    .option('--yes', 'send to a deployed stack without asking for confirmation', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if the notification was not accepted or, with --wait, is not in the table after 30 s.

Examples:
  ${CALLED} send verification_approved --level plus --wait
  ${CALLED} send email_changed --user b5c5a2cd-643e-444b-9591-e7b25fec997d --email jon@example.com
  ${CALLED} send kraken --user 42 --status rejected --note 'Document expired'
  ${CALLED} send verification_rejected --user 42 --timestamp 2020-02-30T00:00:00Z    (parked: no such day)
  ${CALLED} send --type verification_paused --user 42    (parked: unknown type)
  ${CALLED} send --body FILE`,
    )
    .action(async (known: string | undefined, { type = known, body, wait, yes, json, ...overrides }: Sending) => {
      const { send } = await import('./send.ts');
      settle(await send(await target(), type, overrides, { body, wait, yes, json }));
    });
};
