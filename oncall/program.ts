import { Argument, Command, CommanderError, Help } from 'commander';
import { NOTIFICATION_TYPES } from '../functions/core/notification.ts';
import manifest from '../package.json' with { type: 'json' };
import { CALLED, START } from './called.ts';
import type { Overrides } from './compose-body.ts';
import { addDlqCommand } from './dlq/command.ts';
import { addEventsCommand } from './events/command.ts';
import { EXIT, explainError } from './failure.ts';
import { DEFAULT_STACK_FILE, findTarget, type TargetOptions } from './find-target.ts';
import type { SendOptions } from './send.ts';
import type { Target } from './target.ts';
import { addTokensCommand } from './tokens/command.ts';

type Sending = Overrides & SendOptions & { readonly type?: string };

/**
 * @param settle receives the exit status of the command that runs
 * @param found receives the stack that it works on
 */
const createProgram = (settle: (status: number) => void, found: (target: Target) => void): Command => {
  // Each command imports its modules when it runs: no command waits for the dependencies of another.
  const program = new Command(CALLED)
    .description("Inspects, tests and repairs a receiver of Fractal ID's webhooks: the local stack, or a deployed one.")
    .option('--stack <name>', `a deployed CloudFormation stack (default: the local stack, started with ${START})`)
    .option('--region <region>', "the AWS region of --stack (default: AWS_REGION, or your profile's region)")
    .option('--stack-file <file>', 'the file with the addresses of the local stack', DEFAULT_STACK_FILE)
    .version(manifest.version)
    .configureHelp({
      showGlobalOptions: true,
      // Flags have no "(default: false)".
      optionDescription: (option) => (option.defaultValue === false ? option.description : new Help().optionDescription(option)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit status: 0 success; 1 a problem was found; 2 the command could not run.`,
    );

  program
    .command('status')
    .summary("show one user's state")
    .description(
      "Shows the status of each level of a user with Fractal's timestamp, the e-mail address with the time it was received, and the credentials that an idOS human has shared.",
    )
    .argument('[user_id]', "the user's id at Fractal")
    .option('--human <id>', 'idos_human_id of the human whose credentials to show')
    .option('--reveal', 'show the full e-mail address', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if the table has no items for the user.

Examples:
  ${CALLED} status b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} status --human 6f1c7e0a-8f5e-4a3b-9d2c-1b0a9e8d7c6f
  ${CALLED} status b5c5a2cd-643e-444b-9591-e7b25fec997d --json --stack FractalWebhooks`,
    )
    .action(async (userId: string | undefined, options) => {
      const { showStatus } = await import('./status.ts');
      settle(await showStatus(await target(), userId, options));
    });

  program
    .command('send')
    .summary('sign and post one notification, as Fractal would')
    .description(
      'Signs one notification with the token in the secret and posts it to the webhook. Fields that you omit get made-up values.',
    )
    .addArgument(new Argument('[type]', 'the type of the notification').choices(NOTIFICATION_TYPES))
    .option('--type <type>', 'a type that this release does not know, instead of [type]')
    .option('--body <file>', 'send the bytes of this file unchanged (- for standard input)')
    .option('--user <id>', 'user_id')
    .option('--level <level>', 'level or add-on')
    .option('--timestamp <time>', "Fractal's time of the event, in RFC 3339 (default: now)")
    .option('--email <address>', 'the new address, for email_changed')
    .option('--human <id>', 'idos_human_id, for credential_shared')
    .option('--credential <id>', 'credential_id, for credential_shared')
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
  ${CALLED} send verification_rejected --user 42 --timestamp 2020-02-30T00:00:00Z    (parked: no such day)
  ${CALLED} send --type verification_paused --user 42    (parked: unknown type)
  ${CALLED} send --body FILE`,
    )
    .action(async (known: string | undefined, { type = known, body, wait, yes, json, ...overrides }: Sending) => {
      const { send } = await import('./send.ts');
      settle(await send(await target(), type, overrides, { body, wait, yes, json }));
    });

  program
    .command('doctor')
    .summary('check everything, from the webhook to the alarms')
    .description(
      'Sends a signed notification for a test user, follows it to the table and to its event, then deletes it. Also checks the secret, the queues, the alarms and their subscribers, and the clock.',
    )
    .option('--no-webhook', 'send nothing, and do not read the signing token')
    .option('--test-alarm', 'put one alarm into ALARM, and check that it notifies the topic', false)
    .option('--json', 'print JSON, one line per check', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if a check found a problem or could not run; its second line shows what to do.

Examples:
  ${CALLED} doctor
  ${CALLED} doctor --stack FractalWebhooks
  ${CALLED} doctor --test-alarm --stack FractalWebhooks`,
    )
    .action(async (options) => {
      const { examine } = await import('./doctor/doctor.ts');
      settle(await examine(await target(), options));
    });

  program
    .command('forget')
    .summary("delete one person's data")
    .description(
      'Deletes everything that the stack holds about one person: items in the table, and messages on the main queue, the dead-letter queue and the queue of unpublished changes. Each deleted item is published as a forgotten event. A dry run, unless you add --yes.',
    )
    .argument('<user_id>', "the user's id at Fractal")
    .option('--human <id>', 'idos_human_id of the same person, to delete the credentials too')
    .option('--yes', 'delete the data', false)
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if something was left, or could not be seen or read.

Examples:
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d --yes --stack FractalWebhooks`,
    )
    .action(async (userId: string, options) => {
      const { forget } = await import('./forget/forget.ts');
      settle(await forget(await target(), userId, options));
    });

  program
    .command('where')
    .summary('show the names of all parts, with links')
    .description(
      "Shows the names of the stack's dashboard, table, queues, log groups and other parts, with links to the AWS console.",
    )
    .option('--json', 'print JSON', false)
    .addHelpText('after', `\nExamples:\n  ${CALLED} where --stack FractalWebhooks`)
    .action(async (options) => {
      const { showWhere } = await import('./where.ts');
      settle(showWhere(await target(), options));
    });

  program
    .command('import-states')
    .summary("import another receiver's state")
    .description(
      'Reads a file with one notification per line, in the format of Fractal, and applies each by the rule of the table: newer items in the table stay. A line with an e-mail address also needs received_at, the time when you received the address. A dry run, unless you add --yes, compares the file with the table.',
    )
    .argument(
      '<file>',
      'JSON Lines, such as {"type":"verification_approved","data":{"user_id":"42","level":"plus","timestamp":"2026-11-25T08:00:00Z"}}',
    )
    .option('--yes', 'write to the table', false)
    .option('--json', 'print JSON, one line per state', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if a line was not understood or could not be written.

Examples:
  ${CALLED} import-states states.jsonl
  ${CALLED} import-states states.jsonl --yes --stack FractalWebhooks`,
    )
    .action(async (file: string, options) => {
      const { importStates } = await import('./import-states.ts');
      settle(await importStates(await target(), file, options));
    });

  const target = async () => {
    const target = await findTarget(program.opts<TargetOptions>());
    found(target);
    return target;
  };
  addTokensCommand(program, target, settle);
  addDlqCommand(program, target, settle);
  addEventsCommand(program, target, settle);
  return program;
};

/** Runs one command. @returns the exit status */
export const run = async (args: readonly string[]): Promise<number> => {
  let status: number = EXIT.done;
  let target: Target | undefined;
  const program = createProgram(
    (settled) => {
      status = settled;
    },
    (found) => {
      target = found;
    },
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.couldNotRun;
    console.error(`error: ${explainError(error, target)}`);
    return EXIT.couldNotRun;
  }
};
