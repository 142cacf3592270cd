import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { callCommand, runCommand } from '../support/command-line.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack();
});

afterAll(() => stack.stop());

interface Place {
  readonly what: string;
  readonly name: string;
  readonly link: string | null;
}

test('where shows the names of a local stack, and its console', async () => {
  const { status, stdout } = await callCommand(['where', '--stack-file', stack.stackFile]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^WHAT +NAME +\n/);
  expect(stdout).toContain(stack.consoleUrl);
  expect(stdout).toContain(stack.tableName);
  expect(stdout).not.toContain('console.aws.amazon.com');
});

test('where links the parts of a deployed stack to the AWS console', async () => {
  const env = {
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  const { status, stdout } = await runCommand(['where', '--stack', 'FractalWebhooks', '--json'], env);
  expect(status).toBe(0);
  const places: Place[] = JSON.parse(stdout);
  expect(places.map(({ what }) => what)).toEqual([
    'webhook',
    'dashboard',
    'table',
    'history',
    'queue',
    'dead-letter queue',
    'unpublished changes',
    'discarded changes',
    'log of ingest',
    'log of apply',
    'log of publish',
    'what EventBridge could not deliver',
    'log of the widget',
    'log of the release check',
    'access log',
    'secret',
    'event bus',
    'alarm topic',
  ]);
  const linkOf = (what: string) => places.find((one) => one.what === what)?.link;
  expect(linkOf('dashboard')).toBe(
    'https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/FractalWebhooks-eu-central-1',
  );
  expect(linkOf('access log')).toMatch(/#logsV2:log-groups\/log-group\/\$252Faws\$252Fvendedlogs\$252Ffractal-webhooks\$252F/);
  expect(linkOf('queue')).toContain(`#/queues/${encodeURIComponent(stack.queueUrl)}`);
  expect(places.slice(1).filter(({ link }) => !link?.startsWith('https://console.aws.amazon.com/'))).toEqual([]);
});
