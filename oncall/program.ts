import { Argument, Command, CommanderError } from 'commander';
import { NOTIFICATION_TYPES } from '../functions/core/notification.ts';
import manifest from '../package.json' with { type: 'json' };
import { CALLED, START } from './called.ts';
import type { Overrides } from './compose-body.ts';
import { addDlqCommand } from './dlq/command.ts';
import { addEventsCommand } from './events/command.ts';
import { EXIT, explain } from './failure.ts';
import { DEFAULT_STACK_FILE, findTarget, type TargetOptions } from './find-target.ts';
import type { SendOptions } from './send.ts';

type Sending = Overrides & SendOptions & { readonly type?: string };

/** The commands. @param settle told the exit status of the one that is called */
const createProgram = (settle: (status: number) => void): Command => {
  // Each command loads its own modules when it is called, so that none waits for what another needs.
  const program = new Command(CALLED)
    .description("Looks at, and tries out, a receiver of Fractal ID's webhooks: the local one, or a deployed one.")
    .option('--stack <name>', `the deployed CloudFormation stack (default: the local stack that ${START} runs)`)
    .option('--region <region>', 'the AWS region of --stack (default: AWS_REGION, or that of your profile)')
    .option('--stack-file <file>', 'where the local stack tells what runs where', DEFAULT_STACK_FILE)
    .version(manifest.version)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit status: 0 done; 1 something is not as it should be; 2 could not run.`,
    );

  program
    .command('status')
    .summary('what the table knows of one user')
    .description(
      "Shows every level of one user with its status and Fractal's time, the e-mail address with the time of its receipt, and the credentials that an idOS human has shared.",
    )
    .argument('[user_id]', "Fractal's id of the user")
    .option('--human <id>', 'idos_human_id, under which the credentials are')
    .option('--reveal', 'show the whole e-mail address', false)
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if nothing is known of the user.

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
      'Signs one notification with the token in the secret and posts it to the webhook. What you leave out is made up.',
    )
    .addArgument(new Argument('[type]', 'the type of the notification').choices(NOTIFICATION_TYPES))
    .option('--type <type>', 'a type that this release does not know, instead')
    .option('--body <file>', 'send the bytes of this file as they are, instead (- for standard input)')
    .option('--user <id>', 'user_id')
    .option('--level <level>', 'level or add-on')
    .option('--timestamp <time>', "RFC 3339; Fractal's time of the event (default: now)")
    .option('--email <address>', 'the new address, for email_changed')
    .option('--human <id>', 'idos_human_id, for credential_shared')
    .option('--credential <id>', 'credential_id, for credential_shared')
    .option('--wait', 'wait until the table shows it, and say how long that took', false)
    .option('--yes', 'do not ask, where a deployed stack is told something of a user', false)
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if it was not accepted, or with --wait is not in the table after 30 s.

Examples:
  ${CALLED} send verification_approved --level plus --wait
  ${CALLED} send email_changed --user b5c5a2cd-643e-444b-9591-e7b25fec997d --email jon@example.com
  ${CALLED} send verification_rejected --user 42 --timestamp 2020-02-30T00:00:00Z    (is parked: no such day)
  ${CALLED} send --type verification_paused --user 42    (is parked: nobody knows it)
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
      'Sends a signed notification about a made-up user, follows it to the table and to its event, and takes it off again; checks secret, queues, alarms, what they tell whom, and clock.',
    )
    .option('--no-webhook', 'look only: send nothing, and do without the signing token')
    .option('--ring', 'set one alarm off, and see that it notifies the topic', false)
    .option('--json', 'for machines: a line per check', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if something is wrong; each line then says how to mend it.

Examples:
  ${CALLED} doctor
  ${CALLED} doctor --stack FractalWebhooks
  ${CALLED} doctor --ring --stack FractalWebhooks`,
    )
    .action(async (options) => {
      const { examine } = await import('./doctor/doctor.ts');
      settle(await examine(await target(), options));
    });

  program
    .command('forget')
    .summary("delete one person's data")
    .description(
      'Deletes all that the stack holds about one person: in the table, on the queue, on the dead-letter queue, and of what could not be published. Each item that it deletes leads to a forgotten event. A dry run, unless --yes is given.',
    )
    .argument('<user_id>', "Fractal's id of the user")
    .option('--human <id>', 'idos_human_id of the same person, under which the credentials are')
    .option('--yes', 'do it', false)
    .option('--json', 'for machines', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if something came again meanwhile.

Examples:
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d
  ${CALLED} forget b5c5a2cd-643e-444b-9591-e7b25fec997d --yes --stack FractalWebhooks`,
    )
    .action(async (userId: string, options) => {
      const { forget } = await import('./forget.ts');
      settle(await forget(await target(), userId, options));
    });

  program
    .command('import-states')
    .summary('have the table know what another receiver knows')
    .description(
      'Reads a file with one notification per line, as Fractal sends them, and applies each by the rule of the table: what the table knows newer stays. A line about an e-mail address needs a received_at besides, the time at which you learned of it. A dry run, unless --yes is given; it compares the file with the table.',
    )
    .argument(
      '<file>',
      'JSON Lines, such as {"type":"verification_approved","data":{"user_id":"42","level":"plus","timestamp":"2026-11-25T08:00:00Z"}}',
    )
    .option('--yes', 'do it', false)
    .option('--json', 'for machines: a line per state', false)
    .addHelpText(
      'after',
      `
Exit status: 1 if a line is not understood, or could not be written.

Examples:
  ${CALLED} import-states states.jsonl
  ${CALLED} import-states states.jsonl --yes --stack FractalWebhooks`,
    )
    .action(async (file: string, options) => {
      const { importStates } = await import('./import-states.ts');
      settle(await importStates(await target(), file, options));
    });

  const target = () => findTarget(program.opts<TargetOptions>());
  addDlqCommand(program, target, settle);
  addEventsCommand(program, target, settle);
  return program;
};

/** Runs one command. @returns the exit status */
export const run = async (args: readonly string[]): Promise<number> => {
  let status: number = EXIT.done;
  const program = createProgram((settled) => {
    status = settled;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.couldNotRun;
    console.error(`error: ${explain(error)}`);
    return EXIT.couldNotRun;
  }
};
