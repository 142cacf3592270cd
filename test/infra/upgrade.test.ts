import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import manifest from '../../package.json' with { type: 'json' };

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-upgrade-'));
const page = read('docs/upgrade.md');

afterAll(() => rmSync(folder, { recursive: true }));

/** The difference between the template of an earlier release, with the defaults of prod, and this one, as `cdk diff` prints it. */
const difference = (name: string, settings: object, release = '1.0.0'): string => {
  const out = join(folder, name);
  const installations = { FractalWebhooks: { stage: 'prod', ...settings } };
  const context = { CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify({ installations }), CDK_VALIDATION: 'false' };
  execFileSync(process.execPath, ['infra/app.ts'], { cwd: PROJECT, env: { ...process.env, ...context } });
  const args = ['diff', 'FractalWebhooks', '--app', out, '--template', `test/infra/releases/${release}.template.json`];
  const { stdout, stderr } = spawnSync(process.execPath, ['node_modules/aws-cdk/bin/cdk', ...args], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  return stdout + stderr;
};

const dataLossOf = (input: string) =>
  spawnSync(process.execPath, ['infra/data-loss.ts'], { cwd: PROJECT, input, encoding: 'utf8' });

describe('an upgrade from release 1.0', () => {
  test('would replace the bus and its archive, which the pipeline refuses', () => {
    const { status, stderr } = dataLossOf(difference('plain', {}));
    expect(stderr).toMatch(/AWS::Events::Archive .*replace/);
    expect(status).toBe(1);
  });

  test('replaces nothing with the setting of the page', () => {
    const [, name = ''] = /`eventBusName: '(\w+)'`/.exec(page) ?? [];
    expect(JSON.parse(read('test/infra/releases/1.0.0.template.json')).Resources.ChangesBus7E56EA0D.Properties.Name).toBe(name);
    const text = difference('kept', { eventBusName: name });
    expect(dataLossOf(text)).toMatchObject({ status: 0, stderr: '' });
    expect(text).not.toMatch(/^\[~\] .*replace/m);
  });
});

test('an upgrade from release 1.1 adds the history, and replaces nothing', () => {
  const text = difference('from-1.1', {}, '1.1.0');
  expect(dataLossOf(text)).toMatchObject({ status: 0, stderr: '' });
  expect(text).toMatch(/\[\+\] AWS::DynamoDB::Table .*History/);
  expect(text).not.toMatch(/^\[~\] .*replace/m);
  expect(text).not.toMatch(/^\[-\] AWS::(?!Lambda::Version|Logs::MetricFilter|CloudWatch::Alarm)/m);
});

test('the package, the command line, the changelog and the pages have the same version', () => {
  const { version } = manifest;
  expect(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
  expect(read('docs/in-your-app.md')).toContain(`receiver-${version}.tgz`);
  expect(JSON.parse(read('package-lock.json')).packages[''].version).toBe(version);
});
