import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { manifestOf } from '../../package/manifest.ts';
import manifest from '../../package.json' with { type: 'json' };

const PROJECT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

const { peerDependencies } = manifestOf(undefined);
const oldestOf = (name: keyof typeof peerDependencies): string => peerDependencies[name].slice(1);
const newestOf = (name: keyof typeof peerDependencies): string => manifest.dependencies[name];

// Before and after the release in which commands began to use the protocol of the client.
const SDKS = [oldestOf('@aws-sdk/client-dynamodb'), '3.920.0', '3.930.0', newestOf('@aws-sdk/client-dynamodb')];

let folder: string;
let server: Server;

/** A project of a team with these packages, and this one. @returns its folder */
const project = async (name: string, ...packages: string[]): Promise<string> => {
  const team = join(folder, name);
  await mkdir(team);
  await writeFile(join(team, 'package.json'), '{}');
  await run('npm', ['install', '--silent', '--no-audit', '--no-fund', join(folder, 'receiver.tgz'), ...packages], { cwd: team });
  return team;
};

/** Like DynamoDB, with the approved level `basic` for each user, in two pages. */
const dynamodb = (): Server =>
  createServer(async (request, response) => {
    const { ExclusiveStartKey } = JSON.parse(String(await buffer(request)));
    const key = { pk: { S: 'USER#42' }, sk: { S: 'LEVEL#basic' } };
    const times = { timestamp: { S: '2020-01-01T00:00:00Z' }, as_of: { N: '1577836800000' } };
    const Item = { ...key, user_id: { S: '42' }, level: { S: 'basic' }, status: { S: 'approved' }, ...times };
    const page = { Items: [Item], ...(ExclusiveStartKey === undefined && { LastEvaluatedKey: key }) };
    const answer = /Query$/.test(String(request.headers['x-amz-target'])) ? page : { Item };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });

/** Builds and packs the package as receiver.tgz. */
const build = async (): Promise<void> => {
  await run(process.execPath, ['package/build.ts'], { cwd: PROJECT });
  const { stdout } = await run('npm', ['pack', '--silent', './dist/package', '--pack-destination', folder], { cwd: PROJECT });
  await run('mv', [join(folder, stdout.trim()), join(folder, 'receiver.tgz')]);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-versions-'));
  await build();
  server = dynamodb();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the oldest versions that the package names', () => {
  test('of the CDK and constructs create the receiver, in CommonJS and ES modules', async () => {
    const team = await project('cdk', `aws-cdk-lib@${oldestOf('aws-cdk-lib')}`, `constructs@${oldestOf('constructs')}`);
    const body = `
const stack = new Stack(new App(), 'Team');
new FractalWebhooks(stack, 'Webhooks', { alarmEmail: 'oncall@example.com', customerManagedKey: true });
console.log(Object.keys(Template.fromStack(stack).toJSON().Resources).length);`;
    const names = { 'aws-cdk-lib': '{ App, Stack }', 'aws-cdk-lib/assertions': '{ Template }' };
    const all = { ...names, '@fractal-webhooks/receiver/infra': '{ FractalWebhooks }' };
    const imports = Object.entries(all).map(([from, what]) => `import ${what} from '${from}';`);
    const requires = Object.entries(all).map(([from, what]) => `const ${what} = require('${from}');`);
    await writeFile(join(team, 'app.mjs'), [...imports, body].join('\n'));
    await writeFile(join(team, 'app.cjs'), [...requires, body].join('\n'));
    for (const file of ['app.mjs', 'app.cjs'])
      expect(Number((await run(process.execPath, [file], { cwd: team })).stdout)).toBeGreaterThan(90);
  });

  test('of the SDK, and newer ones, work in each copy: for the client of a team, its document client, and the reader', async () => {
    const teams = new Map<string, string>();
    for (const sdk of SDKS)
      teams.set(sdk, await project(`sdk-${sdk}`, `@aws-sdk/client-dynamodb@${sdk}`, `@aws-sdk/lib-dynamodb@${sdk}`));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = join(folder, 'read.cjs');
    await writeFile(
      script,
      `const [, , ofClient, ofReader] = process.argv;
const from = (team, name) => require(require.resolve(name, { paths: [team] }));
const { DynamoDBClient } = from(ofClient, '@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient } = from(ofClient, '@aws-sdk/lib-dynamodb');
const { createReader } = from(ofReader, '@fractal-webhooks/receiver/reader');
const plain = new DynamoDBClient({ endpoint: '${endpoint}', region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
const read = async (client) => {
  const reader = createReader({ client, tableName: 't' });
  return [(await reader.user('42')).levels.length, await reader.isApproved('42', ['basic'])].join();
};
(async () => console.log(await read(plain), await read(DynamoDBDocumentClient.from(plain))))();`,
    );
    for (const [client, ofClient] of teams)
      for (const [reader, ofReader] of teams) {
        const { stdout } = await run(process.execPath, [script, ofClient, ofReader]);
        expect([client, reader, stdout]).toEqual([client, reader, '2,true 2,true\n']);
      }
  });
});

/** The output of a judge of npm. @throws its output if it has a finding */
const judge = async (script: string, ...args: string[]): Promise<string> => {
  const options = { cwd: PROJECT, maxBuffer: 1e8, env: { ...process.env, NO_COLOR: 'true' } };
  const file = join(import.meta.dirname, 'npm/node_modules', script);
  const ended = run(process.execPath, [file, join(folder, 'receiver.tgz'), ...args], options);
  return (
    await ended.catch(({ stdout, stderr }) => {
      throw new Error(`${stdout}${stderr}`);
    })
  ).stdout;
};

describe('the package', () => {
  test('has no findings of publint', async () => {
    expect(await judge('publint/src/cli.js', '--strict')).toContain('All good!');
  });

  test('has the same bytes in a second build', async () => {
    const hash = async () =>
      createHash('sha256')
        .update(await readFile(join(folder, 'receiver.tgz')))
        .digest('hex');
    const first = await hash();
    await build();
    expect(await hash()).toBe(first);
  });

  test('has types for each way to import it, says arethetypeswrong', async () => {
    expect(await judge('@arethetypeswrong/cli/dist/index.js')).toContain('No problems found');
  });

  test('is bundled by esbuild as an ES module, as NodejsFunction does, and reads', async () => {
    const team = await project('esm', `@aws-sdk/client-dynamodb@${newestOf('@aws-sdk/client-dynamodb')}`);
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeFile(
      join(team, 'handler.mjs'),
      `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createReader } from '@fractal-webhooks/receiver/reader';

const client = new DynamoDBClient({ endpoint: '${endpoint}', region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
const reader = createReader({ client, tableName: 't' });
console.log(await reader.isApproved('42', ['basic']));`,
    );
    const { build } = await import('esbuild');
    const outfile = join(team, 'out.mjs');
    await build({
      absWorkingDir: team,
      entryPoints: ['handler.mjs'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      outfile,
    });
    expect((await run(process.execPath, [outfile])).stdout).toBe('true\n');
  });
});
