import { Option } from 'commander';
import { PRODUCTION, STAGING } from '../../functions/reconcile/classic-list.ts';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { shellWord } from '../shell-word.ts';

const DEFAULT_FILE = 'fractal-reconcile.json';

export const defineReconcile: Define = (program, { target, settle }) => {
  program
    .command('reconcile')
    .summary('compare the table with Fractal, and heal what no webhook told')
    .description(
      'Asks Fractal for the verifications of all users, compares them with the table, and shows what differs. Writes nothing unless --yes: then it heals what an earlier comparison, 1 to 24 hours before, has seen just so. Fractal lists no times, so a healed state never beats a notification that is newer than the comparison. Results of Kraken are not compared.',
    )
    .option('--user <id>', 'this user only')
    .option('--level <level>', 'this level only')
    .addOption(
      new Option('--expired-as <status>', 'heal what Fractal lists as expired to this status').choices(['rejected', 'contacted']),
    )
    .option('--staging', "ask Fractal's staging", false)
    .option('--auth-url <url>', "another host of Fractal's tokens")
    .option('--resource-url <url>', "another host of Fractal's list")
    .option('--file <file>', 'where the comparison is kept until the next', DEFAULT_FILE)
    .option('--yes', 'heal', false)
    .option('--json', 'print JSON, one line per difference, and the counts', false)
    .addHelpText(
      'after',
      `
The client id and the client secret of your application at Fractal are read from the environment (FRACTAL_CLIENT_ID and
FRACTAL_CLIENT_SECRET) or, with the setting reconcile, from a secret of the stack. The local stack plays Fractal and needs none.
Needs the policies View and Reconcile; with credentials from the environment View, and Import to heal.

Exit status: 1 if something differs; 2 if it can't be told.

Examples:
  ${CALLED} reconcile
  ${CALLED} reconcile --level plus --json --stack FractalWebhooks
  ${CALLED} reconcile --yes --stack FractalWebhooks`,
    )
    .action(async ({ staging, authUrl, resourceUrl, ...options }) => {
      const of = await target();
      const { fractalUrl } = of;
      const hosts = fractalUrl === undefined ? (staging ? STAGING : PRODUCTION) : { auth: fractalUrl, resource: fractalUrl };
      const { readCredentials } = await import('./credentials.ts');
      const credentials = await readCredentials(of, process.env);
      const { reconcile } = await import('./reconcile.ts');
      settle(
        await reconcile(of, {
          ...options,
          again: optionsOf({ ...options, staging, authUrl, resourceUrl }),
          hosts: { auth: authUrl ?? hosts.auth, resource: resourceUrl ?? hosts.resource },
          credentials,
        }),
      );
    });
};

/** The options that choose what is compared, to repeat the command with. */
const optionsOf = (given: Readonly<Record<string, string | boolean | undefined>>): string => {
  const named: readonly [string, string | boolean | undefined][] = [
    ['user', given.user],
    ['level', given.level],
    ['expired-as', given.expiredAs],
    ['auth-url', given.authUrl],
    ['resource-url', given.resourceUrl],
    ['file', given.file === DEFAULT_FILE ? undefined : given.file],
  ];
  const values = named.flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${shellWord(String(value))}`]));
  return `${values.join('')}${given.staging ? ' --staging' : ''}`;
};
