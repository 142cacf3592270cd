import { Command } from 'commander';
import { visible } from '../../functions/words/visible.ts';
import { bundle } from '../../oncall/bundle.js';
import { isBundled } from '../../oncall/bundled.cjs';
import { isConfirmed } from '../../oncall/confirm.ts';
import { CannotRunError, EXIT, explainError } from '../../oncall/failure.ts';
import { DEFAULT_STACK_FILE, findTarget } from '../../oncall/find-target.ts';
import { finishFirst } from '../../oncall/finish.ts';
import type { Target } from '../../oncall/target.ts';
import { type Claim, type Verdict, verdictOn } from './claim.ts';
import { AWS_CLAIMS } from './claims/aws.ts';
import { DEAD_LETTER_CLAIMS } from './claims/dead-letters.ts';
import { EVENT_CLAIMS } from './claims/events.ts';
import { TABLE_CLAIMS } from './claims/table.ts';
import { WEBHOOK_CLAIMS } from './claims/webhook.ts';
import { notShown } from './not-shown.ts';
import { createSubject } from './subject.ts';

// First those that need a stack without problems.
const CLAIMS: readonly Claim[] = [...AWS_CLAIMS, ...WEBHOOK_CLAIMS, ...TABLE_CLAIMS, ...DEAD_LETTER_CLAIMS, ...EVENT_CLAIMS];

const command = new Command('npm run acceptance --')
  .description(
    "Shows that a running stack does what the documentation says: posts notifications about test users, follows them to the table, the queues and the events, and asks AWS what a laptop can't show. Removes the test users at the end.",
  )
  .option('--stack <name>', 'a deployed CloudFormation stack (default: the local stack, started with npm start)')
  .option('--region <region>', "the AWS region of --stack (default: AWS_REGION, or your profile's region)")
  .option('--stack-file <file>', 'the file with the addresses of the local stack', DEFAULT_STACK_FILE)
  .option('--yes', 'do not ask for confirmation', false)
  .option('--json', 'print JSON, one line per claim, with its source', false)
  .addHelpText(
    'after',
    `
On a deployed stack, the alarms dead-letters, events-unpublished and apply-throttled can trigger, and return to OK. Rules of yours match no event
of the run. It takes a few minutes, and the permissions of the person who deploys the stack.

Exit status: 0 everything that was checked is so; 1 something is not; 2 the run could not start.

Example:
  npm run acceptance -- --stack FractalWebhooks`,
  );

interface Options {
  readonly stack?: string;
  readonly region?: string;
  readonly stackFile: string;
  readonly yes: boolean;
  readonly json: boolean;
}

const confirm = async (target: Target, yes: boolean): Promise<void> => {
  if (!target.deployed || yes) return;
  const question = `This posts notifications about test users to the deployed stack (${target.options.trim()}). Its alarms can trigger.`;
  if (!(await isConfirmed(question, 'yes'))) throw new CannotRunError(`Nothing was sent. ${question} Add --yes to confirm.`);
};

const print = (verdict: Verdict, json: boolean): void => {
  const { result, says, seen } = verdict;
  console.log(json ? JSON.stringify(verdict) : `${result.padEnd(18)}${says}\n${' '.repeat(18)}${visible(seen)}`);
};

const accept = async ({ stack, yes, json, ...options }: Options): Promise<number> => {
  const target = await findTarget({ ...options, stack });
  await confirm(target, yes);
  const subject = await createSubject(target, stack);
  const verdicts: Verdict[] = [];
  let isInterrupted = false;
  using _ = finishFirst('the test users are removed', () => {
    isInterrupted = true;
  });
  try {
    for (const claim of CLAIMS) {
      if (isInterrupted) break;
      const verdict = await verdictOn(claim, subject);
      verdicts.push(verdict);
      print(verdict, json);
    }
  } finally {
    await subject.cleanUp();
  }
  if (isInterrupted) return EXIT.couldNotRun;
  for (const verdict of notShown()) print(verdict, json);
  const of = (result: Verdict['result']) => verdicts.filter((one) => one.result === result).length;
  if (!json)
    console.log(
      `\n${of('ok')} ok, ${of('failed')} failed, ${of('not checked here') + notShown().length} not checked here. The test users and their messages are removed.`,
    );
  return of('failed') === 0 ? EXIT.done : EXIT.problem;
};

if (!isBundled()) await bundle();
process.exitCode = await accept(command.parse().opts<Options>()).catch((error) => {
  console.error(`error: ${explainError(error)}`);
  return EXIT.couldNotRun;
});
