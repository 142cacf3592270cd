import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { functionCreators } from '../../emulator/resources/function.ts';
import type { LocalFunction } from '../../emulator/runtime/local-function.ts';
import { sampleOf } from '../support/effort.ts';
import { STACK_ENGINES } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { runStack } from '../support/running-stack.ts';

const NOWHERE = 'http://127.0.0.1:1';

const SETTINGS = {
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_ENDPOINT_URL: NOWHERE,
  AWS_ENDPOINT_URL_SQS: NOWHERE,
  AWS_ENDPOINT_URL_DYNAMODB: NOWHERE,
  AWS_REGION: 'us-gov-west-1',
  AWS_CA_BUNDLE: '/nowhere/ca.pem',
  HTTP_PROXY: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  NODE_USE_ENV_PROXY: '1',
};

const PROFILE = `use_fips_endpoint = true\nuse_dualstack_endpoint = true\nendpoint_url = ${NOWHERE}\nretry_mode = none\n`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-home-'));
  await mkdir(join(folder, '.aws'));
  await writeFile(join(folder, '.aws', 'config'), `[default]\n${PROFILE}\n[profile other]\n${PROFILE}`);
});

afterAll(() => rm(folder, { recursive: true }));

describe('AWS settings of the user', () => {
  test.each(
    sampleOf(
      [
        ['in the environment', SETTINGS],
        ['in the default profile', { HOME: 'home' }],
        ['in another profile', { HOME: 'home', AWS_PROFILE: 'other' }],
        ['with a profile that does not exist', { HOME: 'home', AWS_PROFILE: 'nobody', AWS_SDK_LOAD_CONFIG: '1' }],
        ['in a configuration file elsewhere', { AWS_CONFIG_FILE: 'config' }],
      ] as [string, Record<string, string>][],
      2,
    ),
  )('%s do not affect the local stack', async (_, settings) => {
    const places: Record<string, string> = { home: folder, config: join(folder, '.aws', 'config') };
    const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, places[value] ?? value]));
    const stack = await runStack({ args: ['--dynamodb', STACK_ENGINES.at(-1) as string], env });
    try {
      const user = randomUUID();
      expect(await stack.deliver(aVerification({ user }))).toMatchObject({ status: 202 });
      await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
    } finally {
      await stack.stop();
    }
  });

  test('in a profile are not read by functions, which have only the environment of Lambda', async () => {
    await writeFile(join(folder, 'index.mjs'), 'export const handler = async () => process.env;');
    let running: LocalFunction | undefined;
    const { 'AWS::Lambda::Function': create } = functionCreators({
      stackName: 'Stack',
      endpointUrl: NOWHERE,
      environment: {},
      tracing: { daemonAddress: '', begin: () => '', traces: () => [], stop: () => {} },
      assetFolder: () => folder,
      onStarted: (started) => {
        running = started;
      },
      onLine: () => {},
      isServing: () => true,
      faultOf: () => undefined,
      onMetric: () => {},
    });
    const Runtime = `nodejs${process.versions.node.split('.')[0]}.x`;
    await create?.('Probe', { Runtime, Code: { S3Key: 'x' }, Handler: 'index.handler', Timeout: 10, MemorySize: 128 });
    const environment = (await running?.invoke({})) as Record<string, string>;
    await running?.stop();
    expect(environment).toMatchObject({ AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull });
    expect(Object.keys(environment).filter((name) => /PROFILE|FIPS|DUALSTACK|PROXY|CA_/.test(name))).toEqual([]);
  });
});
