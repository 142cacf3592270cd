import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAssembly } from '../../local/template/assembly.ts';
import { anEmailChange } from '../support/notifications.ts';
import { assemblyFolder } from '../support/once.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const runbook = await readFile(join(PROJECT, 'oncall/RUNBOOK.md'), 'utf8');
const { template } = await readAssembly(assemblyFolder());

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

beforeAll(async () => {
  stack = await runStack();
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-runbook-'));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a line as typed, against the local stack as if it were deployed. Files go to a temporary folder. */
const run = (line: string, id: string) => {
  const typed = line.replace(' ID ', ` ${id} `).replace('dropped.jsonl', join(folder, 'dropped.jsonl'));
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  return new Promise<{ status: number; stderr: string }>((done) => {
    execFile('sh', ['-c', typed], { cwd: PROJECT, env }, (error, _, stderr) =>
      done({ status: Number(error?.code ?? 0), stderr }),
    );
  });
};

const alarms = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');

describe('the runbook', () => {
  test.each(alarms.map(({ Properties = {} }) => [String(Properties.AlarmName), JSON.stringify(Properties.AlarmDescription)]))(
    'has a section for %s, which its description links to',
    (name, description) => {
      const [, section = ''] = /Dashboard: https.* Runbook: oncall\/RUNBOOK\.md#([\w-]+)"\]\]}$/.exec(description) ?? [];
      expect(name).toBe(`FractalWebhooks-${section}`);
      expect(sections.get(section)?.length).toBeGreaterThan(0);
    },
  );

  test.each([...sections].filter(([, lines]) => lines.length > 0))(
    '%s: every command runs as typed',
    async (_, lines) => {
      await stack.deliver('nonsense');
      const { answer } = await stack.deliver(anEmailChange().replace('"email"', '"mail"'));
      // Deployments need AWS: test/docs.test.ts checks their names.
      for (const line of lines.filter((one) => one.startsWith('npm run oncall --'))) {
        const { status, stderr } = await run(line, answer.id as string);
        // Standard error also has the progress.
        expect({ line, status, error: /error.*/i.exec(stderr)?.[0] }).toEqual({ line, status: status && 1, error: undefined });
      }
    },
    120_000,
  );
});
