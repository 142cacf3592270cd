import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ONCALL, runCommand } from '../support/command-line.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  stack = await runStack();
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-oncall-'));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a command that cannot run', () => {
  const NOWHERE = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };

  test.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'without any stack',
      ['status', 'u', '--stack-file', '/nowhere/stack.json'],
      {},
      /^error: No stack: .*npm start.*--stack NAME/,
    ],
    [
      'without credentials',
      ['status', 'u', '--stack', 'S', '--region', 'eu-central-1'],
      NOWHERE,
      /^error: No AWS credentials were found/,
    ],
    ['without a region', ['status', 'u', '--stack', 'S'], NOWHERE, /^error: No AWS region is set/],
    [
      'with an option of another type',
      ['send', 'email_changed', '--level', 'plus'],
      {},
      /^error: --level does not apply to email_changed\. Its options are --user, --email/,
    ],
    ['with an unknown type', ['send', 'verification_paused'], {}, /Allowed choices are verification_approved/],
    ['with an unknown command', ['stauts', 'u'], {}, /Did you mean status/],
    ['without the user', ['status'], {}, /Specify a user_id, --human, or both/],
    ['without anything to send', ['send'], {}, /Specify a type, or --body FILE/],
    ['with a missing body file', ['send', '--body', '/nowhere/body'], {}, /\/nowhere\/body can't be read: ENOENT/],
    ['with an invalid option of dlq', ['dlq', 'list', '--limit', 'x'], {}, /It must be a whole number of at least 1/],
    ['without the message', ['dlq', 'show'], {}, /missing required argument 'id'/],
    ['with an empty id to forget', ['forget', ''], {}, /The id is empty/],
  ])('%s reports why, with exit status 2', async (_, args, env, message) => {
    const own = args.includes('--stack-file') || args.includes('--stack') ? args : [...args, '--stack-file', stack.stackFile];
    const { status, stdout, stderr } = await runCommand(own, env);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('against a stack that is not running reports it', async () => {
    const file = join(folder, 'gone.json');
    const alive = JSON.parse(await readFile(stack.stackFile, 'utf8'));
    await writeFile(file, JSON.stringify({ ...alive, awsEndpointUrl: 'http://127.0.0.1:1' }));
    expect(await runCommand(['status', 'u', '--stack-file', file])).toMatchObject({
      status: 2,
      stderr:
        "error: 127.0.0.1:1 can't be reached: connection refused. Is the stack running, and is the URL correct? Start the local stack with: npm start\n",
    });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'where nothing listens',
      { webhookUrl: 'http://127.0.0.1:65534/hook' },
      /http:\/\/127\.0\.0\.1:65534\/hook can't be reached: connection refused/,
    ],
    [
      'whose host name cannot be resolved',
      { webhookUrl: 'http://webhooks.invalid/hook' },
      /http:\/\/webhooks\.invalid\/hook can't be reached: its host name cannot be resolved\. .*DNS/,
    ],
    [
      'that does not use TLS',
      { webhookUrl: 'https:WEBHOOK' },
      /can't be reached: its TLS certificate is not trusted\. .*NODE_EXTRA_CA_CERTS/,
    ],
  ])('with a webhook %s reports it, with the URL', async (_, change, message) => {
    const file = join(folder, 'unreachable.json');
    const alive = JSON.parse(await readFile(stack.stackFile, 'utf8'));
    const webhookUrl = change.webhookUrl === 'https:WEBHOOK' ? alive.webhookUrl.replace('http:', 'https:') : change.webhookUrl;
    await writeFile(file, JSON.stringify({ ...alive, outputs: { ...alive.outputs, WebhookUrl: webhookUrl } }));
    const { status, stderr } = await runCommand(['send', 'email_changed', '--stack-file', file]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('with a web page in place of the webhook reports it', async () => {
    const page = createServer((_, response) =>
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Forbidden</html>'),
    );
    await new Promise<void>((ready) => page.listen(0, '127.0.0.1', ready));
    const file = join(folder, 'page.json');
    const alive = JSON.parse(await readFile(stack.stackFile, 'utf8'));
    const webhookUrl = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
    await writeFile(file, JSON.stringify({ ...alive, outputs: { ...alive.outputs, WebhookUrl: webhookUrl } }));
    const { status, stdout } = await runCommand(['send', 'email_changed', '--stack-file', file]);
    page.close();
    expect([status, stdout]).toEqual([1, expect.stringContaining(`the response from ${webhookUrl} is not the webhook's`)]);
  });

  test.each([
    [
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
      /^error: AWS does not accept the credentials: /,
    ],
    [
      'SignatureDoesNotMatch',
      'Signature expired: 20260411T064107Z is now earlier than 20260411T064135Z (20260411T064635Z - 5 min.)',
      /^error: AWS rejected the time of the request: this machine's clock is 328 s behind\. Set the clock/,
    ],
    [
      'OptInRequired',
      'The AWS Access Key Id needs a subscription for the service',
      /^error: This AWS account cannot use the service: /,
    ],
    ['Throttling', 'Rate exceeded', /^error: AWS limits the rate of these calls: Throttling: Rate exceeded\. Retry in a minute/],
  ])('because AWS answers %s reports what that means, and no outage', async (code, message, says) => {
    const cloudformation = createServer((_, response) =>
      response
        .writeHead(400, { 'content-type': 'text/xml' })
        .end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
        ),
    );
    await new Promise<void>((ready) => cloudformation.listen(0, '127.0.0.1', ready));
    const env = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(cloudformation.address() as AddressInfo).port}`,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
    };
    const { status, stderr } = await runCommand(['doctor', '--stack', 'FractalWebhooks'], env);
    cloudformation.close();
    expect([status, stderr]).toEqual([2, expect.stringMatching(says)]);
    expect(stderr).not.toContain('health.aws');
  });

  test('with a file that is not a stack file reports it', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, '{}');
    expect((await runCommand(['status', 'u', '--stack-file', file])).stderr).toContain('is not the file of a local stack');
  });
});

describe('a command whose output is lost', () => {
  const exec = promisify(execFile);
  const isThere = existsSync('/dev/full');

  (isThere ? test : test.skip)('says that no space is left, with exit status 2, and prints no stack trace', async () => {
    const command = `"${process.execPath}" "${ONCALL}" where --stack-file "${stack.stackFile}" > /dev/full`;
    const { code, stderr } = await exec('sh', ['-c', command]).catch((error) => error);
    expect([code, stderr]).toEqual([2, "error: The output can't be written: no space is left.\n"]);
  });
});

test('the help of a command shows its options and those of the program, and none of another command', async () => {
  const { stdout } = await runCommand(['events', 'retry', '--help']);
  const [own = '', global = ''] = stdout.split('Global Options:');
  expect(own).toContain('--yes');
  expect(global).toContain('--stack-file');
  expect(stdout).not.toMatch(/--follow|--times/);
  expect((await runCommand(['--help'])).stdout).not.toContain('Global Options:');
});
