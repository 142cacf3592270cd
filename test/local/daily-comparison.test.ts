import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aResult, aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let fractalUrl: string;
let apiSecretId: string;

beforeAll(async () => {
  stack = await runStack({ installation: { stage: 'dev', reconcile: true, reconcileDaily: true } });
  ({ fractalUrl, apiSecretId } = JSON.parse(await readFile(stack.stackFile, 'utf8')));
});

afterAll(() => stack.stop());

const client = () => ({
  endpoint: stack.awsEndpointUrl,
  region: stack.region,
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});
const put = (path: string, body: object) => fetch(`${fractalUrl}${path}`, { method: 'PUT', body: JSON.stringify(body) });
const believes = (user_id: string, level: string, status: string | null) => put('/believes', { user_id, level, status });

/** Invokes the function as the rule does. @returns its error, if it fails */
const compare = async (): Promise<string | undefined> => {
  const functions = await stack.view<{ name: string }[]>('processes');
  const FunctionName = functions.find(({ name }) => /Comparison/.test(name))?.name;
  const { FunctionError } = await new LambdaClient(client()).send(new InvokeCommand({ FunctionName, Payload: '{}' }));
  return FunctionError;
};
const enter = (secret: object) =>
  new SecretsManagerClient(client()).send(
    new PutSecretValueCommand({ SecretId: apiSecretId, SecretString: JSON.stringify(secret) }),
  );
const doctor = async () => {
  const { stdout } = await runCommand(['doctor', '--json', '--stack-file', stack.stackFile]);
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return findings.find(({ check }) => check === 'comparison');
};

describe('the daily comparison, on the local stack,', () => {
  test('fails before the credentials are entered, and doctor says that there was none', async () => {
    expect(await compare()).toBe('Unhandled');
    await eventually(async () => expect(stack.output()).toContain('the secret of the API has no credentials yet'));
    expect(await doctor()).toMatchObject({ result: 'unknown', says: expect.stringMatching(/has not succeeded in 26 hours$/) });
  });

  test('counts what is the same and what is lost, of both products, for doctor and an alarm; it heals nothing', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    await enter({
      client_id: 'id',
      client_secret: 'secret',
      kraken_client_id: 'team',
      kraken_private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
    const [user, result, lost, erased] = Array.from({ length: 4 }, () => randomUUID()) as [string, string, string, string];
    for (const body of [aVerification({ user, level: 'plus' }), aVerification({ user: erased }), aResult(result)])
      await stack.deliver(body);
    for (const [one, level] of [
      [user, 'plus'],
      [erased, 'basic'],
      [result, 'kraken'],
    ] as const)
      await eventually(async () => expect(await stack.item(`USER#${one}`, `LEVEL#${level}`)).toBeDefined());
    expect((await runCommand(['forget', erased, '--yes', '--stack-file', stack.stackFile])).status).toBe(0);

    expect(await compare()).toBeUndefined();
    expect(await doctor()).toMatchObject({ result: 'ok', says: 'with Fractal: 2 the same, 1 erased here' });

    await believes(lost, 'plus', 'approved');
    await believes(result, 'kraken', 'rejected');
    expect(await compare()).toBeUndefined();
    const finding = await doctor();
    expect(finding).toMatchObject({
      result: 'wrong',
      // The metrics of a minute show the maximum of both comparisons.
      says: expect.stringMatching(/^with Fractal: \d the same, 1 missing here, 1 different, 1 erased here$/),
    });
    expect(await stack.item(`USER#${lost}`, 'LEVEL#plus')).toBeUndefined();
    await eventually(async () => expect(stack.output()).toMatch(/alarm +FractalWebhooks-differs-from-fractal/));
    // No id is logged.
    const log = stack
      .output()
      .split('\n')
      .filter((line) => line.includes('compared'));
    expect(log.join()).not.toContain(lost);

    const [, command] = / (reconcile .*)$/.exec(finding.remedy) ?? [];
    await runCommand(`${command}`.split(' '));
    await runCommand([...`${command}`.split(' '), '--yes']);
    expect(await stack.item(`USER#${lost}`, 'LEVEL#plus')).toMatchObject({ status: 'approved' });
    const { stdout } = await runCommand(`${command}`.split(' '));
    expect(stdout).toMatch(/\n3 the same, 1 erased here\.\nNothing to heal\.\n$/);
  });
});
