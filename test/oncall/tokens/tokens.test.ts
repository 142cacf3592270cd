import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NOTIFICATION_TYPES, type NotificationType } from '../../../functions/core/notification.ts';
import { callCommand, ONCALL } from '../../support/command-line.ts';
import { eventually } from '../../support/eventually.ts';
import { DOCUMENTED } from '../../support/notifications.ts';
import { type RunningStack, runStack } from '../../support/running-stack.ts';

// Formed like Fractal's tokens.
const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];

let stack: RunningStack;
let folder: string;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  stack = await runStack();
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-tokens-'));
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  secrets = new SecretsManagerClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `tokens` with a token in a file, if any. No token may ever be in the output. */
const tokens = async (args: string, token?: string) => {
  const file = join(folder, 'token.txt');
  if (token !== undefined) await writeFile(file, `${token}\n`);
  const withFile = token === undefined ? [] : ['--file', file];
  const done = await callCommand(['tokens', ...args.split(' '), ...withFile, '--stack-file', stack.stackFile]);
  expect(done.stdout + done.stderr).not.toMatch(/a{8}|b{8}|c{8}/);
  return done;
};

const stored = async (VersionStage = 'AWSCURRENT') =>
  (await secrets.send(new GetSecretValueCommand({ SecretId: stack.secretId, VersionStage }))).SecretString;

const delivered = async (type: NotificationType, token: string) => (await stack.deliver(DOCUMENTED.payloads[type], token)).status;

/** The types whose deliveries are accepted under this token. */
const acceptedWith = async (token: string) => {
  const statuses = await Promise.all(NOTIFICATION_TYPES.map(async (type) => [type, await delivered(type, token)] as const));
  return statuses.filter(([, status]) => status === 202).map(([type]) => type);
};

describe('tokens add', () => {
  test('keeps the tokens of a type as former ones', async () => {
    await stack.putSecret(A);
    const { status, stdout } = await tokens('add all', B);
    expect(await stored()).toBe(JSON.stringify({ '*': [B, A] }));
    expect(await stored('AWSPREVIOUS')).toBe(A);
    expect(stdout).toMatch(
      /^Written and read back: the secret has 2 tokens for all\. .*\nIf Fractal does not sign with it yet, change the token in Fractal's/,
    );
    expect(stdout).toMatch(/ npm run oncall -- tokens retire all --stack-file \S+\n$/);
    expect(status).toBe(0);
  });

  test('to a type without tokens of its own accepts what was accepted before: under the new token, and under those of all', async () => {
    await stack.putSecret(JSON.stringify({ '*': [A, B] }));
    expect((await tokens('add email_changed', C)).status).toBe(0);
    expect(JSON.parse((await stored()) ?? '')).toEqual({ '*': [A, B], email_changed: [C, A, B] });
    await eventually(async () => expect(await delivered('email_changed', C)).toBe(202));
    expect(await acceptedWith(A)).toEqual(NOTIFICATION_TYPES);
    expect(await acceptedWith(B)).toEqual(NOTIFICATION_TYPES);
    expect(await acceptedWith(C)).toEqual(['email_changed']);
  });

  test('of all leaves the types with tokens of their own as they are', async () => {
    await stack.putSecret(JSON.stringify({ '*': A, email_changed: [B], sixth_type: 'x' }));
    await tokens('add all', C);
    expect(JSON.parse((await stored()) ?? '')).toEqual({ '*': [C, A], email_changed: [B], sixth_type: ['x'] });
  });

  test('takes a former token to the front, and has nothing to do for the newest', async () => {
    await stack.putSecret(JSON.stringify({ '*': [A, B] }));
    await tokens('add all', B);
    expect(await stored()).toBe(JSON.stringify({ '*': [B, A] }));
    const { status, stdout } = await tokens('add all --json', B);
    expect([status, JSON.parse(stdout)]).toEqual([0, { type: 'all', tokens: 2, changed: false, version_id: null }]);
    expect(await stored('AWSPREVIOUS')).toBe(JSON.stringify({ '*': [A, B] }));
  });

  test('replaces the placeholder of a new stack', async () => {
    await stack.putSecret('{"no_token_yet":"Yz3"}');
    const { stdout } = await tokens('add verification_approved --json', A);
    expect(await stored()).toBe(JSON.stringify({ verification_approved: [A] }));
    expect(JSON.parse(stdout)).toMatchObject({ type: 'verification_approved', tokens: 1, changed: true });
  });

  test('refuses a value that it cannot read, and shows how to replace it', async () => {
    await stack.putSecret(`{"*":"${A}",}`);
    const { status, stderr } = await tokens('add all', B);
    expect(stderr).toMatch(
      /^error: The value of the secret can't be read, so it can't be changed: .* npm run oncall -- tokens set all --stack-file \S+\n$/,
    );
    expect([status, await stored()]).toEqual([2, `{"*":"${A}",}`]);
  });
});

describe('tokens set', () => {
  test('for a type without a token needs no confirmation, and keeps the other types', async () => {
    await stack.putSecret(JSON.stringify({ verification_approved: A }));
    const { status, stderr } = await tokens('set email_changed', B);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse((await stored()) ?? '')).toEqual({ verification_approved: [A], email_changed: [B] });
  });

  test.each([
    [
      'all',
      { '*': [A, B], email_changed: [C] },
      /replaces 2 tokens: deliveries of verification_approved, verification_contacted, verification_rejected, credential_shared, kraken that/,
    ],
    [
      'email_changed',
      { '*': [A] },
      /replaces 1 token of all for this type: deliveries of email_changed that are signed with it will be refused/,
    ],
    ['email_changed', { '*': [A], email_changed: [B] }, /replaces 1 token: deliveries of email_changed that/],
  ])('of %s says which deliveries will be refused, and writes only with --yes', async (type, value, warning) => {
    await stack.putSecret(JSON.stringify(value));
    const refused = await tokens(`set ${type}`, 'new'.repeat(8));
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(warning);
    expect(refused.stderr).toMatch(/error: Nothing was written\. .* Add --yes to confirm\.\n$/);
    expect(await stored()).toBe(JSON.stringify(value));
    expect((await tokens(`set ${type} --yes`, 'new'.repeat(8))).status).toBe(0);
    expect(JSON.parse((await stored()) ?? '')).toEqual({ ...value, [type === 'all' ? '*' : type]: ['new'.repeat(8)] });
    expect(await stored('AWSPREVIOUS')).toBe(JSON.stringify(value));
  });

  test('replaces a value that cannot be read, and says so', async () => {
    await stack.putSecret('{"*":');
    const { status, stderr } = await tokens('set all', A);
    expect(stderr).toMatch(/^The value of the secret can't be read: .*\. All of it is replaced\.\n$/);
    expect([status, await stored()]).toEqual([0, JSON.stringify({ '*': [A] })]);
  });
});

describe('tokens retire', () => {
  test('removes all tokens of a type but the newest, with --yes only', async () => {
    await stack.putSecret(JSON.stringify({ '*': [A, B, C], email_changed: [B, A] }));
    expect((await tokens('retire all')).stderr).toMatch(/removes 2 former tokens of all: deliveries .* Add --yes to confirm/);
    expect((await tokens('retire all --yes')).status).toBe(0);
    expect(JSON.parse((await stored()) ?? '')).toEqual({ '*': [A], email_changed: [B, A] });
  });

  test('ends the rotation of a type that had no tokens of its own', async () => {
    await stack.putSecret(A);
    await tokens('add email_changed', B);
    await tokens('retire email_changed --yes');
    expect(JSON.parse((await stored()) ?? '')).toEqual({ '*': [A], email_changed: [B] });
    expect(await tokens('retire email_changed')).toMatchObject({ status: 0, stdout: expect.stringContaining('none to retire') });
    expect(await tokens('retire credential_shared')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('npm run oncall -- tokens list'),
    });
  });
});

describe('tokens remove', () => {
  test('removes the tokens of a type, or the entries that this release does not know', async () => {
    await stack.putSecret(JSON.stringify({ '*': [A], email_changed: [B], verification_aproved: [C], [C]: ['email_changed'] }));
    const { stderr } = await tokens('remove unknown');
    expect(stderr).toContain('This removes 2 tokens of verification_aproved, a name of 40 characters. Add --yes to confirm.');
    await tokens('remove unknown --yes');
    expect(JSON.parse((await stored()) ?? '')).toEqual({ '*': [A], email_changed: [B] });
    expect((await tokens('remove email_changed')).stderr).toContain(
      'deliveries of email_changed that are not signed with a token of all will be refused',
    );
    await tokens('remove email_changed --yes');
    expect(await stored()).toBe(JSON.stringify({ '*': [A] }));
    expect(await tokens('remove all --yes')).toMatchObject({ status: 2, stderr: expect.stringContaining('no token left') });
  });
});

describe('tokens list', () => {
  test('shows how many tokens each type has, their form and since when they are there, but no part of them', async () => {
    await stack.putSecret(JSON.stringify({ '*': [A, 'Xy-z'], email_changed: 'c'.repeat(64) }));
    const { status, stdout } = await tokens('list');
    const time = String.raw`(before )?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    expect(stdout).toMatch(new RegExp(`^all +newest +40 hex digits +${time}`, 'm'));
    expect(stdout).toMatch(new RegExp(`^all +former +4 characters +${time}`, 'm'));
    expect(stdout).toMatch(new RegExp(`^email_changed +newest +64 hex digits +${time}`, 'm'));
    expect(stdout).toMatch(/^Verified with the tokens of all: verification_approved, .*, credential_shared, kraken\.$/m);
    expect(stdout).not.toContain('Xy-z');
    expect(status).toBe(0);
  });

  test('--json shows the same', async () => {
    const { entries, without_token } = JSON.parse((await tokens('list --json')).stdout);
    expect(without_token).toEqual([]);
    expect(entries).toEqual([
      { type: 'all', tokens: [expect.objectContaining({ form: '40 hex digits', length: 40, problem: null }), expect.anything()] },
      {
        type: 'email_changed',
        tokens: [{ form: '64 hex digits', length: 64, problem: null, since: expect.any(String), exact: true }],
      },
    ]);
  });

  test.each([
    ['{"no_token_yet":"Yz3"}', /^Without a token, so refused: verification_approved, .* tokens set all --stack-file \S+$/],
    [JSON.stringify({ '*': [A, '"quoted"'] }), /^all +former +8 characters; it has quotation marks around it/m],
    [
      JSON.stringify({ email_changed: A }),
      /Without a token, so refused: verification_approved, .* tokens set verification_approved --stack-file \S+$/,
    ],
    ['{"*":', /^The value of the secret can't be read: .* tokens set all --stack-file \S+$/],
  ])('shows what is wrong with %j, with exit status 1', async (secret, says) => {
    await stack.putSecret(secret);
    const { status, stdout } = await tokens('list');
    expect([status, stdout.trimEnd()]).toEqual([1, expect.stringMatching(says)]);
  });
});

describe('a token', () => {
  const bad = ['', ' ', `${A}\n${B}`, `"${A}"`, 'file://token.txt', `{"*":"${A}"}`, `Bearer ${A}`, A.repeat(200)];

  test.each(bad)('that cannot be one is refused, not shown, and not written: case %#', async (token) => {
    await stack.putSecret(JSON.stringify({ '*': C }));
    const { status, stdout, stderr } = await tokens('add all', token);
    expect(stderr).toMatch(/^error: This is not a token: it .*\. Nothing was written\.\n$/);
    expect([status, stdout, await stored()]).toEqual([2, '', JSON.stringify({ '*': C })]);
  });

  test("that is unlike Fractal's is stored with a warning, because the client secret is often mistaken for it", async () => {
    const { status, stderr } = await tokens('set all --yes', 'c'.repeat(64));
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: .* 40 hex digits .* this one has 64 hex digits\. .*client secret/),
    ]);
  });

  test('in a file that does not exist is an error', async () => {
    expect(await tokens('add all --file /nowhere/token')).toMatchObject({
      status: 2,
      stderr: "error: /nowhere/token can't be read: ENOENT.\n",
    });
  });

  test('as an argument is refused', async () => {
    const { status } = await callCommand(['tokens', 'add', 'all', 'x', '--stack-file', stack.stackFile]);
    expect(status).toBe(2);
  });
});

describe('two people who change the secret at the same time', () => {
  /** Runs `tokens add all`, which waits for the token on standard input. */
  const adding = () => {
    const child = spawn(process.execPath, [ONCALL, 'tokens', 'add', 'all', '--stack-file', stack.stackFile]);
    return { input: child.stdin, ended: Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]) };
  };
  const calls = async (action: string) =>
    (await stack.view<Record<string, number>>('calls'))[`oncall secretsmanager ${action}`] ?? 0;
  const called = async (action: string, before: number) => eventually(async () => expect(await calls(action)).toBe(before + 1));

  test('the later one is told, and nothing is written', async () => {
    await stack.putSecret(A);
    const before = await calls('GetSecretValue');
    const { input, ended } = adding();
    await called('GetSecretValue', before);
    await stack.putSecret(B);
    input.end(C);
    const [[status], stdout, stderr] = await ended;
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('error: The secret was changed in the meantime. Nothing was written. Repeat the command.\n');
    expect(await stored()).toBe(B);
  });

  test('success is not reported if the other change came between the last look and the write', async () => {
    await stack.putSecret(A);
    await stack.setFaults([{ service: 'secretsmanager', action: 'PutSecretValue', fault: 'slow', delay: 2_000 }]);
    const before = await calls('PutSecretValue');
    const { input, ended } = adding();
    input.end(C);
    await called('PutSecretValue', before);
    await stack.setFaults([]);
    await stack.putSecret(B);
    const [[status], stdout, stderr] = await ended;
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^error: Somebody has changed the secret at the same time, and this command replaced it\. .* tokens list/,
    );
  });
});
