import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAssembly } from '../../emulator/template/assembly.ts';
import { anEmailChange } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { synthesized } from '../support/synthesized.ts';
import { runTyped } from '../support/typed-command.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const runbook = await readFile(join(PROJECT, 'oncall/RUNBOOK.md'), 'utf8');
/** With all parts that have alarms. */
const INSTALLATION = {
  stage: 'dev',
  silenceAlarmHours: 24,
  reconcile: true,
  reconcileDaily: true,
  forwardTo: { url: 'https://backend.example.com/fractal' },
};
const { template } = await readAssembly(await synthesized(INSTALLATION));

/** The commands of each section, by heading. */
const sections = new Map(
  runbook
    .split(/^## /m)
    .map((text) => [
      text.split('\n')[0] as string,
      [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n')),
    ]),
);

let stack: RunningStack;
let folder: string;
let fractalUrl: string;

beforeAll(async () => {
  stack = await runStack({ installation: INSTALLATION });
  const file = JSON.parse(await readFile(stack.stackFile, 'utf8'));
  fractalUrl = file.fractalUrl;
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  await new SecretsManagerClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials }).send(
    new PutSecretValueCommand({ SecretId: file.apiSecretId, SecretString: '{"client_id":"id","client_secret":"secret"}' }),
  );
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-runbook-'));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (line: string, id: string) =>
  runTyped(
    stack,
    line
      .replace(' ID ', ` ${id} `)
      .replace('dropped.jsonl', join(folder, 'dropped.jsonl'))
      .replace(
        ' reconcile ',
        ` reconcile --file ${join(folder, 'compared.json')} --auth-url ${fractalUrl} --resource-url ${fractalUrl} `,
      ),
  );

const alarms = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');

describe('the runbook', () => {
  test.each(alarms.map(({ Properties = {} }) => [String(Properties.AlarmName), JSON.stringify(Properties.AlarmDescription)]))(
    'has a section for %s, which its description links to',
    (name, description) => {
      const [, section = ''] =
        /Dashboard: https.* First: npm run oncall -- doctor --stack .* Runbook: oncall\/RUNBOOK\.md#([\w-]+)"\]\]}$/.exec(
          description,
        ) ?? [];
      expect(name).toBe(`FractalWebhooks-${section}`);
      expect(sections.get(section)?.length).toBeGreaterThan(0);
    },
  );

  test.each([...sections].filter(([, lines]) => lines.length > 0))('%s: every command runs as typed', async (_, lines) => {
    await stack.deliver('nonsense');
    const { answer } = await stack.deliver(anEmailChange().replace('"email"', '"mail"'));
    // What deploys needs AWS: test/docs.test.ts sees that it deploys what there is.
    for (const line of lines.filter((one) => one.startsWith('npm run oncall --'))) {
      const { status, stderr } = await run(line, answer.id as string);
      // What goes to standard error besides errors is progress.
      expect({ line, status, error: /error.*/i.exec(stderr)?.[0] }).toEqual({ line, status: status && 1, error: undefined });
    }
  });
});
