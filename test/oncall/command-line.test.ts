import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

  test('send --json shows a deeply nested body as text, in printable ASCII', async () => {
    const body = `{"\u202e":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    const file = join(folder, 'deep.json');
    await writeFile(file, body);
    const { stdout } = await run('send', '--body', file, '--json');
    expect(stdout).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ sent: body, status: 202, answer: { status: 'parked' } });
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
      levels: [{ level: 'basic', status: 'approved', as_of: '2024-05-06T07:08:09Z', contested: false }],
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

describe('help', () => {
  test.each([
    [[]],
    [['status']],
    [['send']],
    [['doctor']],
    [['forget']],
    [['dlq', 'list']],
    [['tokens', 'list']],
    [['tokens', 'add']],
    [['tokens', 'set']],
    [['tokens', 'retire']],
    [['tokens', 'remove']],
  ])('of %j shows the options, the exit statuses and examples', async (command) => {
    const { status, stdout } = await runCommand([...command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/--stack <name>/);
    expect(stdout).toMatch(/Exit status:/);
    if (command.length > 0) expect(stdout).toMatch(/Examples:\n {2}npm run oncall -- /);
  });
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

test('installed by pnpm, which runs the file itself, suggests commands of the package, and names the file that it looked for', async () => {
  const bin = join(folder, 'node_modules/.pnpm/receiver@1/node_modules/@fractal-webhooks/receiver/bin');
  await mkdir(bin, { recursive: true });
  const file = join(bin, 'fractal-webhooks.cjs');
  await copyFile(BUNDLE, file);
  const missing = join(folder, 'none.json');
  expect((await runCommand(['status', 'any', '--stack-file', missing], {}, file)).stderr).toBe(
    `error: No stack: no local stack is running (there is no ${missing}), and --stack is missing. Start it with npx --no -- fractal-webhooks-local --stack-file ${missing}, or add --stack NAME for a deployed one.\n`,
  );
});

test.each<[string, (stackFile: string) => string[], string]>([
  [
    'a deployed stack',
    () => ['--stack', 'FractalWebhooks'],
    'Set forwardTo in the properties of the construct, and deploy: npx --no -- cdk deploy FractalWebhooks',
  ],
  [
    'a local stack',
    (stackFile) => ['--stack-file', stackFile],
    'Set forwardTo in the properties of the construct, synthesize (npx --no -- cdk synth), and restart the local stack: npx --no -- fractal-webhooks-local --stack-file ',
  ],
])('installed in an app, says where the settings of %s are, and how it is deployed', async (_, options, remedy) => {
  const bin = join(folder, 'node_modules/.bin');
  await mkdir(bin, { recursive: true });
  const file = join(bin, 'fractal-webhooks.cjs');
  await copyFile(BUNDLE, file);
  const env = {
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  const { stderr } = await runCommand(['events', 'unforwarded', ...options(stack.stackFile)], env, file);
  expect(stderr).toContain(`This stack sends its events to no backend. ${remedy}`);
});

test('as one file uses no global of a Node.js version after 22', async () => {
  const text = await readFile(BUNDLE, 'utf8');
  expect(text).not.toMatch(/\b(Async)?DisposableStack\b|\bRegExp\.escape\b|\bError\.isError\b|\bFloat16Array\b|\bURLPattern\b/);
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
