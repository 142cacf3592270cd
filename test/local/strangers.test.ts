import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REGION } from '../../emulator/aws/account.ts';
import { startDynalite } from '../../emulator/engines/dynamodb/dynalite.ts';
import { startDynamoDbLocal } from '../../emulator/engines/dynamodb/dynamodb-local.ts';
import { startSqs } from '../../emulator/engines/sqs/fauxqs.ts';
import { DYNAMODB_ENGINES } from '../support/engines.ts';
import { aVerification, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

/** Sends a request with these headers, including `Host`, which fetch does not allow. */
const send = (url: string, headers: Record<string, string>, body = '', method = 'POST') =>
  new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
    request(url, { method, headers }, async (answer) => resolve({ status: answer.statusCode, body: await text(answer) }))
      .on('error', reject)
      .end(body);
  });

describe('requests', () => {
  let stack: RunningStack;
  let port: string;

  beforeAll(async () => {
    stack = await runStack();
    port = new URL(stack.awsEndpointUrl).port;
  });

  afterAll(() => stack.stop());

  const readSecret = (headers: Record<string, string>) =>
    send(
      stack.awsEndpointUrl,
      { 'x-amz-target': 'secretsmanager.GetSecretValue', 'content-type': 'application/x-amz-json-1.1', ...headers },
      JSON.stringify({ SecretId: stack.secretId }),
    );

  test.each([
    ['to another host name', { host: 'evil.example' }, /The Host header of this request is "evil\.example/],
    ['to a host name that starts with 127.0.0.1', { host: '127.0.0.1.evil.example' }, /The Host header of this request is/],
    ['with an Origin header', { origin: 'https://evil.example' }, /comes from a web page of https:\/\/evil\.example/],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, /comes from a web page\./],
    ['from another port of this machine', { 'sec-fetch-site': 'same-site' }, /comes from a web page\./],
  ] as [string, Record<string, string>, RegExp][])('%s cannot read the secret or use /_local/', async (_, headers, why) => {
    const host = headers.host ? `${headers.host}:${port}` : `127.0.0.1:${port}`;
    const answers = [
      await readSecret({ ...headers, host }),
      await send(`${stack.awsEndpointUrl}/_local/traces`, { ...headers, host }, '', 'GET'),
      await send(`${stack.awsEndpointUrl}/_local/faults`, { ...headers, host }, '[]', 'PUT'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    for (const { body } of answers) expect(JSON.parse(body)).toMatchObject({ message: expect.stringMatching(why) });
  });

  test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])(
    'of programs to the AWS endpoint at %s are served',
    async (name) => {
      expect(await readSecret({ host: `${name}:${port}` })).toMatchObject({ status: 200 });
    },
  );

  test('to /_local/ from the address bar of a browser are served', async () => {
    const headers = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };
    expect(await send(`${stack.awsEndpointUrl}/_local/faults`, headers, '', 'GET')).toMatchObject({ status: 200 });
  });

  test('to the webhook are served for any host name, such as that of a tunnel', async () => {
    const body = aVerification();
    const headers = { host: 'my-tunnel.example', 'content-type': 'application/json', 'x-fractal-signature': signed(body) };
    expect(await send(stack.webhookUrl, headers, body)).toMatchObject({ status: 202 });
  });
});

describe('other machines', () => {
  test('cannot reach fauxqs and dynalite, which listen on no port', async () => {
    const ports = () => process.getActiveResourcesInfo().filter((resource) => resource === 'TCPServerWrap').length;
    const before = ports();
    const engines = [await startSqs(REGION, undefined), await startDynalite(undefined)];
    const after = ports();
    for (const engine of engines) await engine.stop();
    expect(after).toBe(before);
  });

  const withAmazon = DYNAMODB_ENGINES.length > 1 ? test : test.skip;
  withAmazon('see no table in DynamoDB Local, which listens on every interface, without the key of the stack', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-amazon-'));
    const dynamodb = await startDynamoDbLocal(folder);
    const of = (action: string) => ({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${action}`,
    });
    const call = (action: string, input: object) =>
      dynamodb.serve({
        accessKeyId: 'x',
        service: 'dynamodb',
        action,
        headers: of(action),
        body: Buffer.from(JSON.stringify(input)),
      });
    try {
      await call('CreateTable', {
        TableName: 'states',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      });
      expect((await call('ListTables', {})).body.toString()).toContain('states');

      const processes = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.split('\n');
      const [, port] = /-port (\d+)/.exec(processes.find((line) => line.includes(folder)) ?? '') ?? [];
      const credential = 'Credential=local/20000101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x';
      const strangers = { ...of('ListTables'), authorization: `AWS4-HMAC-SHA256 ${credential}` };
      expect(await send(`http://127.0.0.1:${port}`, strangers, '{}')).toEqual({ status: 200, body: '{"TableNames":[]}' });
    } finally {
      await dynamodb.stop();
      await rm(folder, { recursive: true });
    }
  });
});
