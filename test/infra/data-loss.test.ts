import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inFull } from '../support/effort.ts';
import { assemblyFolder } from '../support/once.ts';
import type { Json } from '../support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
let folder: string;
let assembly: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-difference-'));
  assembly = join(folder, 'assembly');
  // The CDK writes a lock file to an assembly that it reads.
  await cp(assemblyFolder(), assembly, { recursive: true });
});

afterAll(() => rm(folder, { recursive: true }));

/** The output of `cdk diff` if this template is deployed. */
const differenceFrom = async (deployed: Json): Promise<string> => {
  const file = join(folder, 'deployed.json');
  await writeFile(file, JSON.stringify(deployed));
  const args = ['node_modules/aws-cdk/bin/cdk', 'diff', '--template', file, '--app', assembly, '--no-notices'];
  const env = { ...process.env, NO_COLOR: '1' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: PROJECT, env });
  return stdout + stderr;
};

const judge = async (difference: string) => {
  const child = spawn(process.execPath, ['infra/data-loss.ts'], { cwd: PROJECT });
  child.stdin.end(difference);
  const stderr = await text(child.stderr);
  return { stderr, status: child.exitCode ?? (await new Promise((ended) => child.once('exit', ended))) };
};

describe('the data loss check of the pipeline', () => {
  let template: Json;

  beforeAll(async () => {
    template = JSON.parse(await readFile(join(assemblyFolder(), 'FractalWebhooks.template.json'), 'utf8'));
  });

  const changed = (change: (template: Json) => void): Json => {
    const copy = structuredClone(template);
    change(copy);
    return copy;
  };

  (inFull ? test : test.skip)('passes if nothing changes, or if changes keep all data', async () => {
    expect(await judge(await differenceFrom(template))).toEqual({ stderr: '', status: 0 });
    const other = changed(({ Resources }) => {
      for (const { Type, Properties } of Object.values<Json>(Resources)) {
        if (Type === 'AWS::SQS::Queue') Properties.VisibilityTimeout = 77;
        if (Type === 'AWS::Lambda::Function') Properties.MemorySize = 128;
      }
    });
    expect(await judge(await differenceFrom(other))).toEqual({ stderr: '', status: 0 });
  });

  test('fails if a table would be replaced, or queues would be destroyed or orphaned', async () => {
    const other = changed(({ Resources }) => {
      Resources.StatesTable04B017AC.Properties.KeySchema[1].AttributeName = 'other';
      Resources.Kept = { Type: 'AWS::SQS::Queue', DeletionPolicy: 'Retain', Properties: {} };
      Resources.Lost = { Type: 'AWS::SQS::Queue', Properties: {} };
    });
    const { stderr, status } = await judge(await differenceFrom(other));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: \[~\] AWS::DynamoDB::Table .* replace$/m);
    expect(stderr).toMatch(/^error: \[-\] AWS::SQS::Queue Kept orphan$/m);
    expect(stderr).toMatch(/^error: \[-\] AWS::SQS::Queue Lost destroy$/m);
  });

  test('fails on empty input', async () => {
    expect(await judge('')).toMatchObject({ status: 2 });
  });
});
