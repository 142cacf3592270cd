import { Command, CommanderError, Help } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { CALLED, START } from './called.ts';
import { defineAccept } from './contested/accept.command.ts';
import { defineContested } from './contested/contested.command.ts';
import type { Define } from './define.ts';
import { defineDlq } from './dlq/dlq.command.ts';
import { defineDoctor } from './doctor/doctor.command.ts';
import { defineEvents } from './events/events.command.ts';
import { defineExport } from './export/export.command.ts';
import { EXIT, explainError } from './failure.ts';
import { DEFAULT_STACK_FILE, findTarget, type TargetOptions } from './find-target.ts';
import { defineForget } from './forget/forget.command.ts';
import { defineHistory } from './history/history.command.ts';
import { defineHold } from './hold/hold.command.ts';
import { defineImportStates } from './import-states.command.ts';
import { defineReconcile } from './reconcile/reconcile.command.ts';
import { defineSend } from './send.command.ts';
import { defineStatus } from './status.command.ts';
import type { Target } from './target.ts';
import { defineTokens } from './tokens/tokens.command.ts';
import { defineWhere } from './where.command.ts';

/** In the order of the help. */
const COMMANDS: readonly Define[] = [
  defineStatus,
  defineSend,
  defineDoctor,
  defineHistory,
  defineReconcile,
  defineContested,
  defineAccept,
  defineExport,
  defineHold,
  defineForget,
  defineWhere,
  defineImportStates,
  defineTokens,
  defineDlq,
  defineEvents,
];

/**
 * @param settle receives the exit status of the command that runs
 * @param found receives the stack that it works on
 */
const createProgram = (settle: (status: number) => void, found: (target: Target) => void): Command => {
  // Each command imports its modules when it runs: no command waits for the dependencies of another.
  const program: Command = new Command(CALLED)
    .description("Inspects, tests and repairs a receiver of Fractal ID's webhooks: the local stack, or a deployed one.")
    .option('--stack <name>', `a deployed CloudFormation stack (default: the local stack, started with ${START})`)
    .option('--region <region>', "the AWS region of --stack (default: AWS_REGION, or your profile's region)")
    .option('--stack-file <file>', 'the file with the addresses of the local stack', DEFAULT_STACK_FILE)
    .version(manifest.version)
    .configureHelp({
      showGlobalOptions: true,
      // Those of the program. Options of a command in between are its own.
      visibleGlobalOptions: (command) => (command === program ? [] : program.options.filter(({ hidden }) => !hidden)),
      // Flags have no "(default: false)".
      optionDescription: (option) => (option.defaultValue === false ? option.description : new Help().optionDescription(option)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit status: 0 success; 1 a problem was found; 2 the command could not run.`,
    );

  const target = async () => {
    const target = await findTarget(program.opts<TargetOptions>());
    found(target);
    return target;
  };
  for (const define of COMMANDS) define(program, { target, settle });
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
