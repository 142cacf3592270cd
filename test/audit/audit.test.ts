import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAudit } from './report.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** What npm 11 has printed: for this project with made-up advisories, without any, and without an audit endpoint or a lock file. */
const recorded = (name: string): string => readFileSync(join(import.meta.dirname, `recorded/${name}.json`), 'utf8');

describe('the output of npm audit', () => {
  test('without vulnerabilities', () => {
    expect(readAudit(recorded('none'))).toEqual({ kind: 'audited', vulnerabilities: [] });
  });

  test('names vulnerable packages of high and critical severity, not those that depend on them', () => {
    const audit = readAudit(recorded('vulnerable'));
    const found = audit.kind === 'audited' ? audit.vulnerabilities : [];
    expect(found.map(({ name, severity, url }) => [name, severity, url])).toEqual([
      ['brace-expansion', 'high', 'https://github.com/advisories/GHSA-1'],
      ['cli-progress', 'critical', 'https://github.com/advisories/GHSA-3'],
    ]);
  });

  test('of a registry without an audit endpoint', () => {
    expect(readAudit(recorded('no-endpoint'))).toEqual({
      kind: 'unavailable',
      reason: '405 Method Not Allowed - POST https://registry.npmjs.org/-/npm/v1/security/advisories/bulk',
    });
  });

  test.each([
    ['without a lock file', recorded('no-lock-file')],
    ['that is empty', ''],
    ['that is not JSON', 'npm error'],
    ['of another version', '{"auditReportVersion":3,"vulnerabilities":{}}'],
    ['without a reason', '{"message":""}'],
  ])('%s is a failure', (_, output) => {
    expect(() => readAudit(output)).toThrow('npm audit has printed no report: ');
  });
});

describe('the audit of .ci/run', () => {
  const ADVISORY = {
    id: 1,
    url: 'https://github.com/advisories/GHSA-1',
    title: 'accepts any signature',
    severity: 'critical',
    vulnerable_versions: '<99.0.0',
  };
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-audit-'));
    mkdirSync(join(folder, 'part'));
    for (const file of ['package.json', 'package-lock.json']) {
      cpSync(join(PROJECT, 'emulator/dynamodb-local', file), join(folder, 'part', file));
    }
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs it against a registry with these advisories, or one without an audit endpoint. */
  const audit = async (advisories?: Readonly<Record<string, unknown>>) => {
    const registry = createServer((request, response) => {
      request.resume();
      response.statusCode = advisories && request.method === 'POST' ? 200 : 404;
      response.end(JSON.stringify(advisories ?? {}));
    });
    await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
    const report = join(folder, 'report.json');
    const env = {
      ...process.env,
      npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      npm_config_cache: join(folder, 'cache'),
    };
    const command = promisify(execFile)(process.execPath, [join(import.meta.dirname, 'run.ts'), report, 'part'], {
      cwd: folder,
      env,
    });
    const { code = 0, stderr } = await command.then(
      (done) => ({ ...done, code: 0 }),
      (error) => error,
    );
    await new Promise((stopped) => registry.close(stopped));
    return { code, stderr, failed: JSON.parse(readFileSync(report, 'utf8')).numFailedTests };
  };

  test('succeeds if no advisory is known', async () => {
    expect(await audit({})).toEqual({ code: 0, stderr: '', failed: 0 });
  });

  test('fails on a critical vulnerability, names it, and says what to do', async () => {
    const { code, stderr, failed } = await audit({ 'amplify-dynamodb-simulator': [ADVISORY] });
    expect([code, failed]).toEqual([1, 1]);
    expect(stderr).toBe(
      'error: amplify-dynamodb-simulator <99.0.0 has a vulnerability of critical severity: accepts any signature (https://github.com/advisories/GHSA-1). Installed: part/node_modules/amplify-dynamodb-simulator. Update the package that depends on it, or set another version in overrides of part/package.json.\n',
    );
  });

  test('does not fail without an audit endpoint, and says in one line that nothing was audited', async () => {
    const { code, stderr, failed } = await audit();
    expect([code, failed]).toEqual([0, 0]);
    expect(stderr).toMatch(/^dependencies were not audited: 404 Not Found - POST http:.*\n$/);
  });
});

test('.ci/run audits every folder that it installs, and counts what is found', () => {
  const script = readFileSync(join(PROJECT, '.ci/run'), 'utf8');
  const [, installed = ''] = /for folder in (.*); do npm ci/.exec(script) ?? [];
  const [, audited = ''] = /test\/audit\/run\.ts "\$reports\/audit\.json" (.*?) \|\|/.exec(script) ?? [];
  expect(installed.split(' ')).toContain('.');
  expect(audited).toBe(installed);
  expect(/"\$reports\/test\.json" "\$reports\/judge\.json" "\$reports\/audit\.json"/.test(script)).toBe(true);
});
