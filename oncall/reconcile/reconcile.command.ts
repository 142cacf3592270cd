import { Option } from 'commander';
import { AskError } from '../../functions/reconcile/ask.ts';
import { type Hosts, PRODUCTION, STAGING } from '../../functions/reconcile/hosts.ts';
import { CALLED } from '../called.ts';
import type { Define } from '../define.ts';
import { CannotRunError } from '../failure.ts';
import { linesOf } from '../lines-of.ts';
import { shellWord } from '../shell-word.ts';
import { whole } from '../whole.ts';

const DEFAULT_FILE = 'fractal-reconcile.json';
const DEFAULT_RATE = 10;

export const defineReconcile: Define = (program, { target, settle }) => {
  program
    .command('reconcile')
    .summary('compare the table with Fractal, and heal what no webhook told')
    .description(
      'Asks Fractal for the verifications of all users, compares them with the table, and shows what differs. Writes nothing unless --yes: then it heals what an earlier comparison, 1 to 24 hours before, has seen just so. Fractal lists no times, so a healed state never beats a notification that is newer than the comparison. Kraken has no list: it is asked about each user of whom the table has a result, and about those of --users; its answer settles what is contested at once.',
    )
    .option('--user <id>', 'this user only')
    .option('--level <level>', 'this level only')
    .addOption(
      new Option('--expired-as <status>', 'heal what Fractal lists as expired to this status').choices(['rejected', 'contacted']),
    )
    .option('--users <file>', 'further users to ask Kraken about: a file with an id per line')
    .option('--rate <n>', 'ask Kraken about at most this many users per second', whole, DEFAULT_RATE)
    .option('--staging', "ask Fractal's staging", false)
    .option('--auth-url <url>', "another host of Fractal's tokens")
    .option('--resource-url <url>', "another host of Fractal's list")
    .option('--kraken-url <url>', 'another host of Kraken')
    .option('--file <file>', 'where the comparison is kept until the next', DEFAULT_FILE)
    .option('--yes', 'heal', false)
    .option('--json', 'print JSON, one line per difference, and the counts', false)
    .addHelpText(
      'after',
      `
The client id and the client secret of your application at Fractal are read from the environment (FRACTAL_CLIENT_ID and
FRACTAL_CLIENT_SECRET; for Kraken KRAKEN_CLIENT_ID and KRAKEN_PRIVATE_KEY, in PEM) or, with the setting reconcile, from a secret of the
stack. A product without credentials is not compared. The local stack plays both products and needs none.
Needs the policies View and Reconcile; with credentials from the environment View, and Import to heal.

Exit status: 1 if something differs; 2 if it can't be told.

Examples:
  ${CALLED} reconcile
  ${CALLED} reconcile --level plus --json --stack FractalWebhooks
  ${CALLED} reconcile --yes --stack FractalWebhooks`,
    )
    .action(async ({ staging, authUrl, resourceUrl, krakenUrl, users, ...options }) => {
      const of = await target();
      const { auth, resource, kraken } = hostsOf(of.fractalUrl, staging);
      const { readCredentials } = await import('./credentials.ts');
      const { reconcile } = await import('./reconcile.ts');
      try {
        settle(
          await reconcile(of, {
            ...options,
            again: optionsOf({ ...options, users, staging, authUrl, resourceUrl, krakenUrl }),
            hosts: { auth: authUrl ?? auth, resource: resourceUrl ?? resource, kraken: krakenUrl ?? kraken },
            credentials: await readCredentials(of, process.env),
            ...(users !== undefined && { moreUsers: await idsIn(users) }),
          }),
        );
      } catch (error) {
        throw error instanceof AskError ? new CannotRunError(error.message) : error;
      }
    });
};

const hostsOf = (fractalUrl: string | undefined, staging: boolean): Hosts =>
  fractalUrl === undefined ? (staging ? STAGING : PRODUCTION) : { auth: fractalUrl, resource: fractalUrl, kraken: fractalUrl };

const idsIn = async (file: string): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { bytes } of linesOf(file)) ids.push(bytes.toString().trim());
  return ids.filter((id) => id !== '');
};

/** The options that choose what is compared, to repeat the command with. */
const optionsOf = (given: Readonly<Record<string, string | number | boolean | undefined>>): string => {
  const named: readonly [string, string | number | boolean | undefined][] = [
    ['user', given.user],
    ['level', given.level],
    ['expired-as', given.expiredAs],
    ['users', given.users],
    ['auth-url', given.authUrl],
    ['resource-url', given.resourceUrl],
    ['kraken-url', given.krakenUrl],
    ['rate', given.rate === DEFAULT_RATE ? undefined : given.rate],
    ['file', given.file === DEFAULT_FILE ? undefined : given.file],
  ];
  const values = named.flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${shellWord(String(value))}`]));
  return `${values.join('')}${given.staging ? ' --staging' : ''}`;
};
