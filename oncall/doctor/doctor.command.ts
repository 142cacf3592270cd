import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';

export const defineDoctor: Define = (program, { target, settle }) => {
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
      const { examine } = await import('./doctor.ts');
      settle(await examine(await target(), options));
    });
};
