import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BUNDLE } from '../../oncall/bundled.cjs';
import { runCommand } from '../support/command-line.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  stack = await runStack({ tokens: '{"*":"common","email_changed":"own"}' });
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-oncall-'));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile]);

describe('send and status', () => {
  const user = randomUUID();

  test('send --wait signs, posts, and reports when the table shows it', async () => {
    const { status, stdout } = await run(
      'send',
      'verification_approved',
      '--user',
      user,
      '--timestamp',
      '2024-05-06T07:08:09Z',
      '--wait',
    );
    expect(stdout).toMatch(
      /^sent {4}\{"type":"verification_approved","data":\{"level":"basic",.*\nanswer {2}202 \{"status":"accepted".*\ntable {3}shows it after \d+\.\d\d s\n$/,
    );
    expect(status).toBe(0);
  });

  test('send uses the token that the secret has for the type', async () => {
    const { status, stdout } = await run(
      'send',
      'email_changed',
      '--user',
      user,
      '--email',
      'john.snow@fractal.id',
      '--wait',
      '--json',
    );
    expect(JSON.parse(stdout)).toEqual({
      sent: { type: 'email_changed', data: { user_id: user, email: 'john.snow@fractal.id' } },
      status: 202,
      answer: { status: 'accepted', id: expect.any(String) },
      table: 'shows_it',
      after_ms: expect.any(Number),
    });
    expect(status).toBe(0);
  });

  test('send makes up omitted fields', async () => {
    const { stdout } = await run('send', 'credential_shared', '--json');
    const { sent } = JSON.parse(stdout);
    expect(Object.keys(sent.data)).toEqual(['idos_human_id', 'credential_id', 'shared_at']);
    expect(stdout).toContain('"status":"accepted"');
  });

  test('send --wait reports that the table holds something newer', async () => {
    const older = ['send', 'verification_rejected', '--user', user, '--timestamp', '2020-01-01T00:00:00Z', '--wait'];
    expect(await run(...older)).toMatchObject({ status: 0, stdout: expect.stringContaining('holds something newer') });
  });

  test('status --json shows every level with its time, and the e-mail address masked', async () => {
    const { status, stdout } = await run('status', user, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      user_id: user,
      levels: [{ level: 'basic', status: 'approved', as_of: '2024-05-06T07:08:09Z' }],
      email: { address: 'j…@fractal.id', as_of: expect.any(String) },
      credentials: [],
    });
  });

  test('status shows the same as text, and the full address with --reveal', async () => {
    const masked = await run('status', user);
    expect(masked.stdout).toContain(`user ${user}`);
    expect(masked.stdout).toMatch(/basic +approved +2024-05-06T07:08:09Z/);
    expect(masked.stdout).not.toContain('john.snow');
    expect((await run('status', user, '--reveal')).stdout).toContain('john.snow@fractal.id');
  });

  test('status reports an unknown user, with exit status 1', async () => {
    expect(await run('status', 'nobody')).toMatchObject({ status: 1, stdout: 'No items for user nobody.\n' });
    const { status, stdout } = await run('status', 'nobody', '--json');
    expect([status, JSON.parse(stdout)]).toEqual([1, { user_id: 'nobody', levels: [], email: null, credentials: [] }]);
  });

  test('status --human shows shared credentials', async () => {
    await run(
      'send',
      'credential_shared',
      '--human',
      'h-1',
      '--credential',
      'c-1',
      '--timestamp',
      '2024-05-06T07:08:09Z',
      '--wait',
    );
    expect((await run('status', '--human', 'h-1')).stdout).toMatch(
      /^human h-1\n\nCREDENTIAL +SHARED +\nc-1 +2024-05-06T07:08:09Z/,
    );
    expect(await run('status')).toMatchObject({ status: 2, stderr: expect.stringContaining('Specify a user_id') });
  });

  test('status shows items that a team created', async () => {
    const items: Record<string, AttributeValue>[] = [
      { sk: { S: 'LEVEL#plus' }, note: { S: 'ours' } },
      { sk: { S: 'LEVEL#basic' }, as_of: { S: 'yesterday' }, status: { N: '7' } },
      { sk: { S: 'EMAIL' }, email: { BOOL: true } },
      { sk: { S: 'NOTE#1' }, text: { S: 'x' } },
    ];
    for (const one of items) {
      const Item = { pk: { S: 'USER#team' }, ...one };
      await stack.dynamodb.send(new PutItemCommand({ TableName: stack.tableName, Item }));
    }
    const { status, stdout, stderr } = await run('status', 'team');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/plus +– +–/);
    expect(await runCommand(['forget', 'team', '--yes', '--stack-file', stack.stackFile])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Deleted: 4 items'),
    });
  });

  test('send sends unknown types, and the bytes of a file unchanged', async () => {
    expect((await run('send', '--type', 'verification_paused', '--user', '42')).stdout).toContain(
      '"reason":"unknown_type: verification_paused"',
    );
    const file = join(folder, 'body');
    await writeFile(file, Buffer.from([0xff, 0x00, 0x7f]));
    expect((await run('send', '--body', file)).stdout).toContain('"reason":"not_utf8"');
    await writeFile(file, aVerification({ user: 'by-file' }));
    expect(await run('send', '--body', file, '--wait')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('shows it after'),
    });
  });

  test('work with FIPS and dual-stack endpoints in the environment, and a missing profile', async () => {
    const env = { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_PROFILE: 'nobody' };
    expect(await runCommand(['send', 'verification_approved', '--wait', '--stack-file', stack.stackFile], env)).toMatchObject({
      status: 0,
    });
    expect(await runCommand(['dlq', 'list', '--stack-file', stack.stackFile], env)).toMatchObject({ stderr: '' });
  });

  test('send of a notification that is parked has exit status 1', async () => {
    const { status, stdout } = await run('send', 'verification_rejected', '--timestamp', '2020-02-30T00:00:00Z', '--wait');
    expect(stdout).toContain('"reason":"impossible_time: data.timestamp"');
    expect(status).toBe(1);
  });

  test('work against a deployed stack by its name', async () => {
    const env = {
      AWS_ENDPOINT_URL: stack.awsEndpointUrl,
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
    };
    const deployed = (...args: string[]) => runCommand([...args, '--stack', 'FractalWebhooks'], env);
    const contacted = ['send', 'verification_contacted', '--user', user, '--level', 'plus', '--wait'];
    expect(await deployed(...contacted)).toMatchObject({
      status: 2,
      stderr: `error: Nothing was sent. This sends verification_contacted about ${user} to the deployed stack (--stack FractalWebhooks). Add --yes to confirm.\n`,
    });
    expect((await deployed('status', user)).stdout).not.toMatch(/plus/);
    expect(await deployed(...contacted, '--yes')).toMatchObject({ status: 0 });
    expect((await deployed('status', user)).stdout).toMatch(/plus +contacted/);
    expect(await runCommand(['status', user, '--stack', 'Elsewhere'], env)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('There is no stack "Elsewhere" in this account and region.'),
    });
  });
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
      /^error: email_changed has no --level\. It takes --user, --email/,
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
      /can't be reached: its TLS, or its certificate, is not trusted\. .*NODE_EXTRA_CA_CERTS/,
    ],
  ])('with a webhook %s reports it, with the URL', async (_, change, message) => {
    const file = join(folder, 'unreachable.json');
    const alive = JSON.parse(await readFile(stack.stackFile, 'utf8'));
    const webhookUrl = change.webhookUrl === 'https:WEBHOOK' ? alive.webhookUrl.replace('http:', 'https:') : change.webhookUrl;
    await writeFile(file, JSON.stringify({ ...alive, webhookUrl }));
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
    await writeFile(file, JSON.stringify({ ...alive, webhookUrl }));
    const { status, stdout } = await runCommand(['send', 'email_changed', '--stack-file', file]);
    page.close();
    expect([status, stdout]).toEqual([1, expect.stringContaining(`the response from ${webhookUrl} is not the webhook's`)]);
  });

  test('with a file that is not a stack file reports it', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, '{}');
    expect((await runCommand(['status', 'u', '--stack-file', file])).stderr).toContain('is not the file of a local stack');
  });
});

describe('help', () => {
  test.each([[[]], [['status']], [['send']], [['doctor']], [['forget']], [['dlq', 'list']]])(
    'of %j shows the options, the exit statuses and examples',
    async (command) => {
      const { status, stdout } = await runCommand([...command, '--help']);
      expect(status).toBe(0);
      expect(stdout).toMatch(/--stack <name>/);
      expect(stdout).toMatch(/Exit status:/);
      if (command.length > 0) expect(stdout).toMatch(/Examples:\n {2}npm run oncall -- /);
    },
  );
});

test('is one file without dependencies, which suggests commands under its own name', async () => {
  const file = join(folder, 'fractal-webhooks.cjs');
  await copyFile(BUNDLE, file);
  const alone = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile], {}, file);
  expect(await alone('send', 'verification_approved', '--user', 'alone', '--wait')).toMatchObject({ status: 0, stderr: '' });
  expect((await alone('status', 'alone')).stdout).toMatch(/basic +approved/);
  expect((await alone('doctor', '--no-webhook')).stdout).toMatch(/^ok {5}listeners /m);
  expect((await alone('dlq', 'show', 'nothing')).stderr).toContain(`List the messages with: node ${file} dlq list`);
});

test('as one file uses the credentials of a profile', async () => {
  const config = join(folder, 'config');
  const credentials = JSON.stringify({ Version: 1, AccessKeyId: 'any', SecretAccessKey: 'any' });
  await writeFile(config, `[profile other]\nregion = ${stack.region}\ncredential_process = echo '${credentials}'\n`);
  const env = { AWS_CONFIG_FILE: config, AWS_PROFILE: 'other', AWS_ENDPOINT_URL: stack.awsEndpointUrl };
  expect(await runCommand(['status', 'nobody', '--stack', 'FractalWebhooks'], env, BUNDLE)).toEqual({
    status: 1,
    stdout: 'No items for user nobody.\n',
    stderr: '',
  });
});

test('--version is that of the package', async () => {
  expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
