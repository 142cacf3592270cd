import { INSTALLATIONS } from './installations.ts';
import { type SharedAccount, sharedAccounts } from './separate-accounts.ts';

// For the pipeline: fails unless prod has an account, or at least bootstrap roles, of its own.
const sentenceOf = (problem: SharedAccount): string =>
  problem.kind === 'shared'
    ? `${problem.prod} and ${problem.other} share the account ${problem.account} and the roles that deploy to it.`
    : `The account of ${problem.installation} is not set, so whether prod shares it cannot be checked.`;

const problems = sharedAccounts(INSTALLATIONS);
for (const problem of problems) console.error(`error: ${sentenceOf(problem)}`);
if (problems.length > 0) {
  console.error(
    'Deploy prod to its own account, and set account for every installation in infra/installations.ts: see docs/pipeline.md.',
  );
  process.exit(1);
}
