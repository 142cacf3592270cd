import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Endpoint, startEndpoint } from '../../emulator/endpoint/endpoint.ts';
import { createSecretsManager } from '../../emulator/engines/secrets/secrets-manager.ts';
import type { Invocation, Reply } from '../../emulator/runtime/worker.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { bundle } from '../../infra/bundle.ts';
import { aBatch, aRequest } from '../support/lambda.ts';
import { aVerification, bytesOf, DOCUMENTED, signed } from '../support/notifications.ts';

type FunctionName = 'ingest' | 'apply';

const PROJECT = resolve(import.meta.dirname, '../..');
const bundles = mkdtempSync(join(tmpdir(), 'fractal-webhooks-bundles-'));
let endpoint: Endpoint;
let environment: Record<string, string>;

const hang = () => new Promise<never>(() => {});

beforeAll(async () => {
  for (const name of ['ingest', 'apply']) bundle(join(PROJECT, 'functions', name, 'index.ts'), join(bundles, name));
  endpoint = await startEndpoint();
  const secrets = await createSecretsManager(undefined);
  await secrets.create({ name: 'tokens', arn: 'arn:tokens', initial: DOCUMENTED.token, override: true });
  endpoint.services.set('secretsmanager', secrets.serve);
  endpoint.services.set('sqs', hang);
  endpoint.services.set('dynamodb', hang);
  environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: endpoint.url,
    QUEUE_URL: `${endpoint.url}/queue`,
    DEAD_LETTER_QUEUE_URL: `${endpoint.url}/dead`,
    SECRET_ID: 'tokens',
    TABLE_NAME: 'table',
  };
});

afterAll(async () => {
  await endpoint.stop();
  rmSync(bundles, { recursive: true });
});

interface Asked {
  readonly event: unknown;
  readonly remainingMs: number;
}

/** Runs a bundle as Lambda would, without these variables, with these invocations. `output` is everything that it wrote. */
const running = async (name: FunctionName, without: readonly string[], ...asked: readonly Asked[]) => {
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !without.includes(name)));
  const child = fork(join(PROJECT, 'emulator/runtime/worker.ts'), [join(bundles, name), 'index.handler'], {
    env: { PATH: process.env.PATH, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = Promise.all([child.stdout, child.stderr].map((stream) => text(stream as Readable)));
  const ended = once(child, 'exit').then(() => undefined);
  const reply = () => Promise.race([once(child, 'message').then(([message]) => message as Reply), ended]);

  const started = (await reply())?.kind === 'ready';
  const results: unknown[] = [];
  for (const { event, remainingMs } of asked) {
    child.send({ functionArn: 'any', requestId: 'request', deadline: Date.now() + remainingMs, event } satisfies Invocation);
    const answer = await reply();
    results.push(answer?.kind === 'result' ? answer.result : answer);
  }
  child.kill();
  const output = (await written).join('');
  return {
    started,
    results,
    output,
    lines: () =>
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
};

const aDelivery = (remainingMs: number, token?: string): Asked => {
  const body = aVerification();
  return { event: aRequest({ headers: { 'x-fractal-signature': signed(body, token) }, body }), remainingMs };
};

const aMessage = (remainingMs: number): Asked => ({
  event: aBatch(encodeEnvelope({ id: 'id', receivedAt: Date.now(), bytes: bytesOf(aVerification()) })),
  remainingMs,
});

describe('a deployed bundle, in its own process,', () => {
  test.each<[FunctionName, string]>([
    ['ingest', 'AWS_REGION'],
    ['apply', 'AWS_REGION'],
    ['ingest', 'SECRET_ID'],
    ['apply', 'TABLE_NAME'],
  ])('fails to start with an error that names the variable: %s without %s', async (name, variable) => {
    const { started, output } = await running(name, [variable]);
    expect(started).toBe(false);
    expect(output).toContain(`Environment: ${variable} is missing`);
  });

  test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('logs that it has no credentials if %s is missing', async (name) => {
    const ingest = await running('ingest', [name], aDelivery(10_000));
    expect(ingest.results).toMatchObject([{ statusCode: 503 }]);
    const problem = `Environment: ${name} is missing`;
    expect(ingest.lines()).toMatchObject([{ level: 'ERROR', message: 'unavailable', missing: 'tokens', problem }]);

    const apply = await running('apply', [name], aMessage(10_000));
    expect(apply.results).toEqual([{ batchItemFailures: [{ itemIdentifier: 'm1' }] }]);
    expect(apply.lines()).toMatchObject([{ level: 'ERROR', message: 'batch', failed: { messages: [{ problem }] } }]);
  });

  test('logs on timeout that it was waiting for Secrets Manager, which counts as missing tokens', async () => {
    const known = endpoint.services.get('secretsmanager');
    endpoint.services.set('secretsmanager', hang);
    const { results, lines } = await running('ingest', [], aDelivery(1_200));
    endpoint.services.set('secretsmanager', known as typeof hang);
    expect(results).toMatchObject([{ statusCode: 503 }]);
    expect(lines()).toMatchObject([
      { level: 'ERROR', message: 'unavailable', missing: 'tokens', problem: 'out of time waiting for Secrets Manager' },
    ]);
  });

  test('logs on timeout that it was waiting for SQS', async () => {
    const { results, lines } = await running('ingest', [], aDelivery(10_000, 'of a stranger'), aDelivery(1_200));
    expect(results).toMatchObject([{ statusCode: 401 }, { statusCode: 503 }]);
    expect(lines()).toMatchObject([
      { message: 'refused' },
      { level: 'ERROR', message: 'unavailable', missing: 'queue', problem: 'out of time waiting for SQS' },
    ]);
  });

  test('causes no warning of Node.js if it has no time left at the start', async () => {
    const ingest = await running('ingest', [], aDelivery(-5_000));
    expect(ingest.results).toMatchObject([{ statusCode: 503 }]);
    expect(ingest.lines()).toMatchObject([{ message: 'unavailable', problem: expect.stringContaining('out of time') }]);

    const apply = await running('apply', [], aMessage(-5_000));
    expect(apply.results).toEqual([{ batchItemFailures: [{ itemIdentifier: 'm1' }] }]);
    expect(apply.lines()).toMatchObject([{ message: 'batch', failed: { messages: [{ problem: 'out of time' }] } }]);
  });
});
