import { expect, test } from '@jest/globals';
import { actionOf, OF_THE_CONSOLE, suggestedCommands } from '../support/suggested-commands.ts';
import { type Json, resourcesOf, variant } from '../support/templates.ts';

/** What a team does with the role that deploys, or with its own: it changes the stack, the account, or the team's own resources. */
const OF_DEPLOYERS: Readonly<Record<string, string>> = {
  'cloudformation delete-stack': 'without the CDK',
  'cloudformation deploy': 'without the CDK',
  'cloudformation package': 'without the CDK',
  'cloudformation wait': 'without the CDK, while the stack is deleted',
  'cloudformation update-termination-protection': 'before the stack is deleted',
  'cloudtrail put-event-selectors': 'a trail of the account',
  'backup create-backup-vault': 'a vault of the account',
  'backup put-backup-vault-lock-configuration': 'a vault of the account',
  'backup start-backup-job': 'a vault of the account',
  'backup start-copy-job': 'vaults of the account',
  'dynamodb export-table-to-point-in-time': 'a bucket of the account',
  'dynamodb restore-table-from-backup': 'the table is adopted by a deployment afterwards',
  'dynamodb restore-table-to-point-in-time': 'the table is adopted by a deployment afterwards',
  'events put-rule': "a rule of the team's own",
  'pricing-plan-manager approve-paid-subscription': 'the distribution in front of the webhook',
  'service-quotas request-service-quota-increase': 'the quotas of the account',
  'iam attach-role-policy': 'the roles of the pipeline',
  'iam create-open-id-connect-provider': 'the roles of the pipeline',
  'iam create-role': 'the roles of the pipeline',
  'iam put-role-policy': 'the roles of the pipeline',
};

const peoplesActions = (): ReadonlySet<string> => {
  const { template } = variant('with all optional settings');
  const policies = resourcesOf(template, 'AWS::IAM::ManagedPolicy').filter(([id]) => id.startsWith('Oncall'));
  expect(policies.length).toBeGreaterThan(5);
  return new Set(
    policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement.flatMap(({ Action }: Json) => Action)),
  );
};

test('a policy for people allows every command of AWS that a text, doctor or an error suggests, unless a deployer runs it', () => {
  const allowed = peoplesActions();
  const commands = [...suggestedCommands()];
  expect(commands.length).toBeGreaterThan(15);
  const unknown = commands.filter(([command]) => !(command in OF_DEPLOYERS) && !allowed.has(actionOf(command)));
  expect(unknown).toEqual([]);
  expect(Object.keys(OF_DEPLOYERS).filter((command) => !suggestedCommands().has(command))).toEqual([]);
});

test('View opens the dashboard and reads the logs of the stack', () => {
  const { template } = variant('prod');
  const [[, view] = ['', {} as Json]] = resourcesOf(template, 'AWS::IAM::ManagedPolicy').filter(([id]) =>
    id.startsWith('OncallView'),
  );
  const actions = view.Properties.PolicyDocument.Statement.flatMap(({ Action }: Json) => Action);
  for (const name of OF_THE_CONSOLE) expect(actions).toContain(name);
});
