import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DefaultStackSynthesizer } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { judge, readPolicy, type Statement } from '../../emulator/iam/policy.ts';
import { INSTALLATIONS } from '../../infra/installations.ts';
import { sharedAccounts } from '../../infra/separate-accounts.ts';
import { synthesize } from '../../local/synthesize.ts';
import { startCloudFormation } from '../support/cloudformation-server.ts';
import { inFull } from '../support/effort.ts';
import { assemblyFolder } from '../support/once.ts';
import { stackWith } from '../support/stack-with.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const STAGING = '111111111111';
const PROD = '222222222222';
const REGION = 'eu-central-1';

const page = await readFile(join(PROJECT, 'docs/pipeline.md'), 'utf8');
const workflow = await readFile(join(PROJECT, '.github/workflows/deploy-installation.yml'), 'utf8');

const policyIn = (name: string): Statement[] => {
  const [, json = ''] = new RegExp(`\`${name}\`:\n\n\`\`\`json\n([^]*?)\`\`\``).exec(page) ?? [];
  return readPolicy(JSON.parse(json));
};

const resourcesFor = (statements: readonly Statement[], action: string): string[] =>
  statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-pipeline-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** The bootstrap roles that the CDK assumes for an installation. */
const rolesOf = async (name: string, settings: Readonly<Record<string, unknown>>) => {
  const assembly = await mkdtemp(join(folder, 'assembly-'));
  await synthesize(assembly, { region: REGION, ...settings }, name);
  const read = async (file: string) =>
    JSON.parse((await readFile(join(assembly, file), 'utf8')).replaceAll('${AWS::Partition}', 'aws'));
  const { properties } = (await read('manifest.json')).artifacts[name];
  const { files } = await read(`${name}.assets.json`);
  const publishing = Object.values<{ destinations: Record<string, { assumeRoleArn: string }> }>(files).flatMap(
    ({ destinations }) => Object.values(destinations).map(({ assumeRoleArn }) => assumeRoleArn),
  );
  expect(publishing.length).toBeGreaterThan(3);
  return {
    deploying: [...new Set([properties.assumeRoleArn, ...publishing])],
    lookup: properties.lookupRole.arn,
    execution: properties.cloudFormationExecutionRoleArn,
  };
};

describe('the policies of the page', () => {
  test.each([
    ['staging.json', 'FractalWebhooks-staging', { stage: 'staging', account: STAGING }],
    ['prod.json', 'FractalWebhooks', { stage: 'prod', account: PROD }],
  ])('%s allows the roles that deploy %s, and its template, and nothing else', async (file, name, settings) => {
    const policy = policyIn(file);
    const roles = await rolesOf(name, settings);
    expect(resourcesFor(policy, 'sts:AssumeRole')).toEqual(roles.deploying);
    for (const role of [roles.lookup, roles.execution])
      expect(judge(policy, { action: 'sts:AssumeRole', resource: role })).toBeUndefined();
    const stack = `arn:aws:cloudformation:${REGION}:${settings.account}:stack/${name}/*`;
    expect(resourcesFor(policy, 'cloudformation:GetTemplate')).toEqual([stack]);
    expect(policy.flatMap(({ actions }) => actions)).toEqual([
      'cloudformation:DescribeStacks',
      'cloudformation:GetTemplate',
      'sts:AssumeRole',
    ]);
  });

  test('of prod-diff allows no role, and no other stack', () => {
    const policy = policyIn('prod-diff.json');
    expect(policy.flatMap(({ actions }) => actions)).toEqual(['cloudformation:DescribeStacks', 'cloudformation:GetTemplate']);
    const ofStack = (name: string) =>
      judge(policy, {
        action: 'cloudformation:GetTemplate',
        resource: `arn:aws:cloudformation:${REGION}:${PROD}:stack/${name}/1`,
      });
    expect([ofStack('FractalWebhooks'), ofStack('FractalWebhooks-staging'), ofStack('Other')]).toEqual([
      'Allow',
      undefined,
      undefined,
    ]);
  });

  test('trust one environment of one repository', () => {
    const [statement] = policyIn('trust.json');
    expect(statement?.condition).toEqual({
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': 'repo:ORGANIZATION/REPOSITORY:environment:prod',
      },
    });
  });
});

test('the page protects every environment of the workflow that has a role in the account of prod by tags', async () => {
  const deploy = await readFile(join(PROJECT, '.github/workflows/deploy.yml'), 'utf8');
  const environments = [...deploy.matchAll(/environment: (\S+)/g)].map(([, name]) => name);
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| .* \| (.*) \|$/gm)].map(([, name, rules = '']) => [name, rules] as const);
  expect(rows.map(([name]) => name)).toEqual(environments);
  for (const [name, rules] of rows) {
    expect([name, rules]).toEqual([name, expect.stringContaining('*Selected branches and tags*, only tags `v*`')]);
  }
});

describe('cdk diff in the pipeline', () => {
  const [, command = ''] = /(npm run --silent cdk -- diff .*) 2>&1/.exec(workflow) ?? [];

  /** Runs the command of the workflow with a deployed template, as a role with this policy. */
  const runDiff = async (policy: readonly Statement[]) => {
    const assembly = await mkdtemp(join(folder, 'assembly-'));
    await cp(assemblyFolder(), assembly, { recursive: true });
    const template = await readFile(join(assembly, 'FractalWebhooks.template.json'), 'utf8');
    const aws = await startCloudFormation(
      PROD,
      REGION,
      template.replace('"VisibilityTimeout":', '"DelaySeconds":7,"VisibilityTimeout":'),
      policy,
    );
    // The CDK remembers the account of an access key, in CDK_HOME.
    const env = {
      ...process.env,
      CDK_HOME: assembly,
      NO_COLOR: '1',
      INSTALLATION: 'FractalWebhooks',
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: randomBytes(8).toString('hex'),
      AWS_SECRET_ACCESS_KEY: 'any',
    };
    const run = promisify(execFile)('sh', ['-c', `${command} --no-notices --app ${assembly} 2>&1`], { cwd: PROJECT, env });
    const { code = 0, stdout } = await run.then(
      (done) => ({ ...done, code: 0 }),
      (error) => error,
    );
    await aws.stop();
    return { code, stdout, calls: aws.calls };
  };

  test('shows the changes with the policy prod-diff.json, without the lookup role', async () => {
    const { code, stdout, calls } = await runDiff(policyIn('prod-diff.json'));
    expect(stdout).toContain('[-] DelaySeconds');
    expect(stdout).toContain('Number of stacks with differences: 1');
    expect(code).toBe(0);
    const stack = `arn:aws:cloudformation:${REGION}:${PROD}:stack/FractalWebhooks/*`;
    expect(calls).toEqual([
      { action: 'sts:AssumeRole', resource: expect.stringMatching(/lookup-role/), isAllowed: false },
      { action: 'cloudformation:DescribeStacks', resource: stack, isAllowed: true },
      { action: 'cloudformation:GetTemplate', resource: stack, isAllowed: true },
    ]);
  });

  (inFull ? test.each : test.skip.each)(['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'])(
    'fails without %s',
    async (action) => {
      const policy = policyIn('prod-diff.json').map((statement) => ({
        ...statement,
        actions: statement.actions.filter((one) => one !== action),
      }));
      const { code, stdout } = await runDiff(policy);
      expect(code).toBe(1);
      expect(stdout).toContain('not authorized');
    },
  );
});

describe('the check of the accounts', () => {
  const prod = { stage: 'prod', account: PROD } as const;
  const staging = { stage: 'staging', account: STAGING } as const;

  test('passes if prod has its own account, whatever the others share', () => {
    expect(sharedAccounts({ prod, other: prod, staging, dev: { ...staging, stage: 'dev' } })).toEqual([]);
    expect(sharedAccounts({ prod: { stage: 'prod' } })).toEqual([]);
  });

  test('fails if another stage is in the account of prod', () => {
    const shared = { kind: 'shared', prod: 'prod', other: 'staging', account: PROD };
    expect(sharedAccounts({ prod, staging: { ...staging, account: PROD } })).toEqual([shared]);
    const named = { ...staging, account: PROD, bootstrapQualifier: DefaultStackSynthesizer.DEFAULT_QUALIFIER };
    expect(sharedAccounts({ prod, staging: named })).toEqual([shared]);
  });

  test('passes if the stages in one account have different qualifiers', () => {
    expect(sharedAccounts({ prod, staging: { ...staging, account: PROD, bootstrapQualifier: 'staging' } })).toEqual([]);
    const same = { bootstrapQualifier: 'hooks' };
    expect(sharedAccounts({ prod: { ...prod, ...same }, staging: { ...staging, account: PROD, ...same } })).toHaveLength(1);
  });

  test('names every installation whose account is not set', () => {
    expect(sharedAccounts({ prod, staging, dev: { stage: 'dev' } })).toEqual([{ kind: 'unknown', installation: 'dev' }]);
    expect(sharedAccounts({ prod: { stage: 'prod' }, staging })).toEqual([{ kind: 'unknown', installation: 'prod' }]);
  });

  test('stops the pipeline of a new clone before it assumes a role, and says what to do', async () => {
    const [, command = ''] = /run: (node infra\/check-accounts\.ts)/.exec(workflow) ?? [];
    expect(workflow.indexOf(command)).toBeLessThan(workflow.indexOf('role-to-assume'));
    const failed = await promisify(execFile)('sh', ['-c', command.replace('node', process.execPath)], { cwd: PROJECT }).catch(
      (error) => error,
    );
    expect(failed.code).toBe(1);
    for (const name of Object.keys(INSTALLATIONS)) {
      expect(failed.stderr).toContain(`error: The account of ${name} is not set, so whether prod shares it cannot be checked.\n`);
    }
    expect(failed.stderr).toContain('set account for every installation in infra/installations.ts: see docs/pipeline.md.');
  });
});

describe('a qualifier', () => {
  test('is in the names of all roles that deploy the stack', async () => {
    const { deploying, lookup, execution } = await rolesOf('FractalWebhooks', {
      stage: 'prod',
      account: PROD,
      bootstrapQualifier: 'prod',
    });
    expect([...deploying, lookup, execution].filter((role) => !role.startsWith(`arn:aws:iam::${PROD}:role/cdk-prod-`))).toEqual(
      [],
    );
    const inPage = resourcesFor(policyIn('prod.json'), 'sts:AssumeRole');
    expect(inPage.map((role) => role.replace('hnb659fds', 'prod'))).toEqual(deploying);
  });

  // The id of a version of a function has a hash of the place of its code.
  test('changes only where the stack finds its code and the version of the bootstrap stack', () => {
    const templateOf = (settings: Readonly<Record<string, unknown>>) =>
      JSON.stringify(Template.fromStack(stackWith({ stage: 'prod', ...settings }).stack).toJSON()).replaceAll(
        /(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g,
        '$1',
      );
    const text = templateOf({ bootstrapQualifier: 'prod' });
    expect(text).toContain('cdk-prod-assets-');
    const renamed = text
      .replaceAll('cdk-prod-assets-', 'cdk-hnb659fds-assets-')
      .replaceAll('/prod/version', '/hnb659fds/version');
    expect(JSON.parse(renamed)).toEqual(JSON.parse(templateOf({})));
  });
});
