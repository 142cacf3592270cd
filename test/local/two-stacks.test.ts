import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalStack, startLocalStack } from '../../local/for-tests.ts';
import { eventually } from '../support/eventually.ts';
import { type Json, resourcesOf } from '../support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

// The usual layout: the receiver in a stack of its own, and the team's code in another one.
const APP = `
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Table, AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { FractalWebhooks } from '../../infra/fractal-webhooks.ts';

const app = new App();
const webhooks = new FractalWebhooks(new Stack(app, 'Verification'), 'Webhooks', { stage: 'dev' });
const shared = new Stack(app, 'Shared');
const users = new Table(shared, 'Users', { partitionKey: { name: 'id', type: AttributeType.STRING } });
const backend = new Stack(app, 'Backend', { stackName: 'team-backend' });
const unlock = new Function(backend, 'Unlock', {
  runtime: Runtime.NODEJS_24_X,
  code: Code.fromAsset(process.argv[2]),
  handler: 'index.handler',
  environment: { TABLE_NAME: webhooks.table.tableName, USERS: users.tableName, STACK: backend.stackName },
});
webhooks.grantRead(unlock);
webhooks.onVerification(backend, 'Approved', { level: 'plus', status: 'approved', target: new LambdaFunction(unlock) });
new CfnOutput(backend, 'Function', { value: unlock.functionName });
new Stack(app, 'Unrelated');
`;

const HANDLER = `export const handler = async ({ detail }) => {
  const { TABLE_NAME, USERS, STACK } = process.env;
  console.log(['Unlock', detail.user_id, TABLE_NAME, USERS, STACK].join(' '));
};`;

let folder: string;

beforeAll(() => {
  mkdirSync(join(PROJECT, '.local'), { recursive: true });
  // In the project, so that it finds the CDK.
  folder = mkdtempSync(join(PROJECT, '.local/two-stacks-'));
  mkdirSync(join(folder, 'code'));
  writeFileSync(join(folder, 'code/index.mjs'), HANDLER);
  writeFileSync(join(folder, 'app.ts'), APP);
  const env = { ...process.env, CDK_OUTDIR: join(folder, 'cdk.out') };
  execFileSync(process.execPath, [join(folder, 'app.ts'), join(folder, 'code')], { cwd: folder, env });
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('an app with several stacks', () => {
  test("runs the consumers in another stack, with what it imports from the receiver's and from a third", async () => {
    const stack: LocalStack = await startLocalStack({ assembly: join(folder, 'cdk.out') });
    const data = { user_id: 'jane', level: 'plus', timestamp: '2024-05-06T07:08:09Z' };
    expect(await stack.deliver({ type: 'verification_approved', data })).toBe(202);
    const [, user, table, users, name] = (await stack.line(/^Unlock /)).split(' ');
    expect([user, table, name]).toEqual(['jane', stack.outputs.TableName, 'team-backend']);
    expect(users).toMatch(/^Verification-SharedUsers/);
    expect(stack.outputs).not.toHaveProperty('Function');
    await stack.stop();
  });

  test.each(['team-backend', 'Unrelated'])('says that the stack %s has no receiver', async (name) => {
    await expect(startLocalStack({ assembly: join(folder, 'cdk.out'), stack: name })).rejects.toThrow(
      `The stack ${name} does not have a receiver. It is in: Verification.`,
    );
  });
});

// The functions of the page about apps, in one file.
const page = readFileSync(join(PROJECT, 'docs/in-your-app.md'), 'utf8');
const [, organization = ''] = page.split('## In your organization');
const snippets = [...organization.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const functions = snippets.flatMap((code) => code.split('\n').filter((line) => !line.startsWith('import ')));
const ORGANIZATION = `
import { App, Aspects, Duration, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { FractalWebhooks } from '../../infra/fractal-webhooks.ts';
${functions.join('\n').replaceAll(/: (FractalWebhooks|Stack|Alarm|string\[\])/g, ': any')}
const stack = new Stack(new App(), 'Organized');
const webhooks = new FractalWebhooks(stack, 'Webhooks', { stage: 'dev', customerManagedKey: new Key(stack, 'Key') });
bounded(stack);
intoVpc(webhooks, ['subnet-1'], ['sg-1']);
alarmOf(stack, webhooks);
`;

test('a permissions boundary, a VPC, a key and an alarm of an organization work, locally too', async () => {
  writeFileSync(join(folder, 'organized.ts'), ORGANIZATION);
  const out = join(folder, 'organized.out');
  execFileSync(process.execPath, [join(folder, 'organized.ts')], { cwd: folder, env: { ...process.env, CDK_OUTDIR: out } });
  const template: Json = JSON.parse(readFileSync(join(out, 'Organized.template.json'), 'utf8'));
  const roles = resourcesOf(template, 'AWS::IAM::Role');
  expect(roles.length).toBeGreaterThan(4);
  for (const [, { Properties }] of roles) {
    expect(JSON.stringify(Properties.PermissionsBoundary)).toContain(':policy/team-boundary');
    expect(JSON.stringify(Properties.ManagedPolicyArns)).toContain('AWSLambdaVPCAccessExecutionRole');
  }
  for (const [, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function'))
    expect(Properties.VpcConfig).toEqual({ SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] });
  const stack = await startLocalStack({ assembly: out });
  expect(await stack.deliver({ type: 'of tomorrow' })).toBe(202);
  await eventually(async () => {
    const states: Record<string, string> = (await (await fetch(`${stack.awsEndpointUrl}/_local/alarms`)).json()) as never;
    expect(Object.entries(states).find(([name]) => name.startsWith('OurDeadLetters'))?.[1]).toBe('ALARM');
  });
  await stack.stop();
});

test('a stack that a test has started ends when the process of the test is killed', async () => {
  const script = `
import { startLocalStack } from '${join(PROJECT, 'local/for-tests.ts')}';
const stack = await startLocalStack({ assembly: '${join(folder, 'cdk.out')}' });
console.log(stack.webhookUrl);
setInterval(() => {}, 1_000);`;
  writeFileSync(join(folder, 'killed.ts'), script);
  const killed = spawn(process.execPath, [join(folder, 'killed.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = await once(killed.stdout, 'data');
  expect((await fetch(String(url).trim())).status).toBe(404);
  killed.kill('SIGKILL');
  await eventually(() => expect(fetch(String(url).trim())).rejects.toThrow('fetch failed'));
});
