import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startMoto } from './moto.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const REGION = 'eu-central-1';
/** The account of moto, in place of the account of prod in the page. */
const ACCOUNT = '123456789012';

const page = (await readFile(join(PROJECT, 'docs/pipeline.md'), 'utf8')).replaceAll('222222222222', ACCOUNT);
const files = [...page.matchAll(/`([\w-]+\.json)`:\n\n```json\n([\s\S]*?)```/g)].map(([, name = '', content = '']) => ({
  name,
  content,
}));
const commands = [...page.matchAll(/^(?:aws|npm run cdk) .*$/gm)].map(([line]) => line);

let folder: string;
let moto: Awaited<ReturnType<typeof startMoto>>;

/** Runs a line of the page in the project, with the files of the page, in moto's account. @returns standard output */
const run = async (line: string): Promise<string> => {
  const env = {
    ...process.env,
    CDK_HOME: folder,
    AWS_ENDPOINT_URL: moto.url,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  return (await promisify(execFile)('sh', ['-c', line.replaceAll('file://', `file://${folder}/`)], { cwd: PROJECT, env })).stdout;
};

const aws = async (query: string) => JSON.parse(await run(`aws ${query} --output json`));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-pipeline-'));
  for (const { name, content } of files) await writeFile(join(folder, name), content);
  moto = await startMoto();
});

afterAll(async () => {
  await moto.stop();
  await rm(folder, { recursive: true });
});

describe('docs/pipeline.md', () => {
  test('creates a role that can be assumed from GitHub, with the policy of the page, in the order of the page', async () => {
    const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:ListQueues","Resource":"*"}]}';
    for (const line of commands.filter((command) => command.startsWith('aws '))) {
      const [name] = /\w+_POLICY_ARN/.exec(line) ?? [];
      const created = name && (await aws(`iam create-policy --policy-name ${name} --policy-document '${policy}'`));
      await run(name ? line.replace(name, created.Policy.Arn) : line);
    }
    const role = '--role-name fractal-webhooks-prod';
    const { Role } = await aws(`iam get-role ${role}`);
    const { OpenIDConnectProviderList } = await aws('iam list-open-id-connect-providers');
    expect(Role.AssumeRolePolicyDocument.Statement[0].Principal.Federated).toBe(OpenIDConnectProviderList[0].Arn);
    const { PolicyDocument } = await aws(`iam get-role-policy ${role} --policy-name deploy`);
    expect(PolicyDocument).toEqual(JSON.parse(files.find(({ name }) => name === 'prod.json')?.content ?? ''));
    expect((await aws(`iam list-attached-role-policies ${role}`)).AttachedPolicies).toHaveLength(2);
  });

  test('has policies that IAM accepts', async () => {
    for (const { name } of files.filter((file) => file.name !== 'trust.json')) {
      await aws(`iam create-policy --policy-name ${name} --policy-document file://${name}`);
    }
    expect(files.map(({ name }) => name)).toEqual(['trust.json', 'prod-diff.json', 'prod.json', 'staging.json']);
  });

  test('bootstraps one account for two stages, each with the roles that its installation needs', async () => {
    for (const line of commands.filter((command) => command.startsWith('npm '))) await run(line);
    const { Roles } = await aws('iam list-roles');
    const names = Roles.map(({ RoleName }: { readonly RoleName: string }) => RoleName);
    for (const stage of ['prod', 'staging']) {
      for (const role of ['deploy', 'file-publishing', 'cfn-exec']) {
        expect(names).toContain(`cdk-${stage}-${role}-role-${ACCOUNT}-${REGION}`);
      }
    }
  });
});
