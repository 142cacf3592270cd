import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unzipSync, zipSync } from 'fflate';
import type { Json } from '../support/templates.ts';
import { type MiniStack, type Ran, startMiniStack } from './ministack.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(PROJECT, 'docs/without-the-cdk.md'), 'utf8');
const PROVIDER = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n';

/** Where Terraform finds its providers, if not in the registry. */
const { TERRAFORM_PLUGIN_DIR } = process.env;
const INIT = ['init', '-no-color', ...(TERRAFORM_PLUGIN_DIR ? [`-plugin-dir=${TERRAFORM_PLUGIN_DIR}`] : [])];

/** Whether Terraform and its provider for AWS can be had here: neither npm nor PyPI has them. */
const isThere = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-terraform-'));
  writeFileSync(join(folder, 'main.tf'), PROVIDER);
  try {
    execFileSync('terraform', INIT, { cwd: folder, stdio: 'ignore' });
    return true;
  } catch {
    console.warn(
      'Skipped: Terraform is not installed, or cannot reach its registry. A local mirror of providers: TERRAFORM_PLUGIN_DIR.',
    );
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** What depends on outputs: the rule of the example, a subscription, and a policy, each replaced by Terraform if its output is unknown. */
const DEPENDENT = `
module "rule" {
  source         = "./rule"
  event_bus_name = module.fractal_webhooks.event_bus_name
  unlock_arn     = aws_lambda_function.unlock.arn
}

resource "aws_iam_role" "unlock" {
  name               = "unlock"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_iam_role_policy_attachment" "view" {
  role       = aws_iam_role.unlock.name
  policy_arn = module.fractal_webhooks.view_policy_arn
}

resource "aws_lambda_function" "unlock" {
  function_name = "unlock"
  role          = aws_iam_role.unlock.arn
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  filename      = "unlock.zip"
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = module.fractal_webhooks.alarm_topic_arn
  protocol  = "lambda"
  endpoint  = aws_lambda_function.unlock.arn
}
`;

const TEMPLATE = 'module.fractal_webhooks.aws_s3_object.template';
const UPDATE = 'update module.fractal_webhooks.aws_cloudformation_stack.this';
const INGEST = 'module.fractal_webhooks.aws_s3_object.code["fractal-webhooks/000000000000/FractalWebhooks/code/Ingest.zip"]';

(isThere() ? describe : describe.skip)('Terraform', () => {
  let aws: MiniStack;
  let folder: string;
  let module: string;
  let asReleased: string;

  beforeAll(async () => {
    aws = await startMiniStack();
    asReleased = await aws.terraformModule();
    folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-terraform-'));
    module = join(folder, 'fractal-webhooks');
    cpSync(asReleased, module, { recursive: true });
    const use = (/```hcl\n([\s\S]*?)```/.exec(page)?.[1] ?? '').replace('BUCKET', aws.bucket);
    writeFileSync(join(folder, 'main.tf'), `provider "aws" {\n  s3_use_path_style = true\n}\n\n${use}`);
    expectDone(await aws.run(folder, 'terraform', ...INIT));
  });

  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  const terraform = (...args: string[]): Promise<Ran> => aws.run(folder, 'terraform', ...args, '-no-color');
  const apply = (): Promise<Ran> => terraform('apply', '-auto-approve');

  /** What a plan changes, without the hashes of the code. */
  const planned = async (): Promise<string[]> => {
    expectDone(await terraform('plan', '-out=plan'));
    const { output } = await aws.run(folder, 'terraform', 'show', '-json', 'plan');
    const { resource_changes = [] } = JSON.parse(output.slice(output.indexOf('{'))) as Json;
    return (resource_changes as Json[])
      .map(({ address, change }) => `${change.actions.join(' and ')} ${address.replace(/-[0-9a-f]{64}/, '')}`)
      .filter((change) => !change.startsWith('no-op '))
      .sort();
  };

  /** Releases a version of ingest that throws. */
  const breakIngest = (): void => {
    const zip = join(module, 'code/Ingest.zip');
    const broken = new TextEncoder().encode('export const handler = async () => { throw new Error("broken"); };');
    writeFileSync(zip, zipSync({ ...unzipSync(readFileSync(zip)), 'index.mjs': broken }));
    const template = join(module, 'template.json.tftpl');
    writeFileSync(template, readFileSync(template, 'utf8').replaceAll(/(IngestFunctionCurrentVersion\w+?)\w{4}"/g, '$1beef"'));
  };
  const restore = (): void => cpSync(asReleased, module, { recursive: true });

  test('formats and validates the module as it is', async () => {
    expectDone(await aws.run(module, 'terraform', 'fmt', '-check', '-diff'));
    expectDone(await terraform('validate'));
  });

  test('refuses in a plan what CloudFormation would refuse', async () => {
    const main = join(folder, 'main.tf');
    const valid = readFileSync(main, 'utf8');
    writeFileSync(main, valid.replace('alarm_email', 'log_retention_days = 91\n  recovery_days = 36\n  alarm_email'));
    const { status, output } = await terraform('plan');
    writeFileSync(main, valid);
    expect(status).toBe(1);
    expect(output).toMatch(/Must be one of 1, 3, 5/);
    expect(output).toMatch(/Must be between 1 and 35\./);
  });

  test('creates the stack with the second apply if the first has failed', async () => {
    breakIngest();
    const { status, output } = await apply();
    expect(status).toBe(1);
    expect(output).toMatch(/The new release does not work/);
    restore();
    expectDone(await apply());
    expect(await planned()).toEqual([]);
    expect((await terraform('output', 'webhook_url')).output).toMatch(/^"https?:\S+\/webhooks\/fractal"$/m);
  });

  test('changes the stack, and replaces nothing that depends on its outputs', async () => {
    const main = join(folder, 'main.tf');
    mkdirSync(join(folder, 'rule'));
    cpSync(join(PROJECT, 'reader/example/rule.tf'), join(folder, 'rule/rule.tf'));
    writeFileSync(
      join(folder, 'unlock.zip'),
      zipSync({ 'index.mjs': new TextEncoder().encode('export const handler = () => {};') }),
    );
    writeFileSync(main, `${readFileSync(main, 'utf8')}${DEPENDENT}`);
    expectDone(await aws.run(folder, 'terraform', ...INIT));
    expectDone(await apply());
    writeFileSync(main, readFileSync(main, 'utf8').replace('alarm_email', 'log_retention_days = 30\n  alarm_email'));
    expect(await planned()).toEqual([UPDATE]);
    expectDone(await apply());
    expect(await planned()).toEqual([]);
  });

  test('plans a failed update again, and goes back to the former release', async () => {
    breakIngest();
    expect(await planned()).toEqual([`create and delete ${TEMPLATE}`, `create ${INGEST}`, `delete ${INGEST}`, UPDATE]);
    const { status, output } = await apply();
    expect(status).toBe(1);
    expect(output).toMatch(/UPDATE_ROLLBACK_COMPLETE[\s\S]*The new release does not work, so the old one stays/);
    expect(await planned()).toEqual([`delete ${INGEST}`, `delete ${TEMPLATE}`, UPDATE]);

    restore();
    expectDone(await apply());
    // The copy of the template had the same key as the one of the failed update that was left to be deleted.
    expect(await planned()).toEqual([`create ${TEMPLATE}`]);
    expectDone(await apply());
    expect(await planned()).toEqual([]);
    const objects = (await aws.cli(folder, 's3', 'ls', '--recursive', `s3://${aws.bucket}/fractal-webhooks/`)).output;
    expect(objects.match(/Ingest/g)).toHaveLength(1);
  });

  test('takes up a stack that it does not know', async () => {
    const [, address = ''] = /`terraform import (\S+) FractalWebhooks`/.exec(page) ?? [];
    expectDone(await aws.run(folder, 'terraform', 'state', 'rm', address));
    expectDone(await terraform('import', address, 'FractalWebhooks'));
    expect(await planned()).toEqual([UPDATE]);
    expectDone(await apply());
    expect(await planned()).toEqual([]);
  });

  test('keeps a stack of which the first apply was interrupted', async () => {
    const [, address = ''] = /`terraform untaint (\S+)`/.exec(page) ?? [];
    expectDone(await aws.run(folder, 'terraform', 'taint', address));
    expectDone(await aws.run(folder, 'terraform', 'untaint', address));
    expect(await planned()).toEqual([]);
  });

  test('has no difference after a change set that nobody executes', async () => {
    const [packageIt, deployIt] = page.split('\n').filter((line) => /^aws cloudformation (package|deploy) /.test(line));
    expect(page).toContain('`--no-execute-changeset`');
    const plain = await aws.plainTemplate();
    for (const line of [packageIt, `${deployIt} --no-execute-changeset`])
      expectDone(await aws.cli(plain, ...(line ?? '').replaceAll('BUCKET', aws.bucket).split(' ').slice(1)));
    expect(await planned()).toEqual([]);
  });

  test('destroys the stack and the objects', async () => {
    expectDone(await terraform('destroy', '-auto-approve'));
    expect((await aws.cli(folder, 's3', 'ls', '--recursive', `s3://${aws.bucket}/fractal-webhooks/`)).output).toBe('');
  });
});

const expectDone = ({ status, output }: Ran): void => {
  if (status !== 0) throw new Error(output);
};
