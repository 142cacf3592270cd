import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAudit } from './report.ts';

// For .ci/run: audits the locked dependencies of folders, and writes how many vulnerabilities it has found in the form of a
// report of Jest. If the database of the registry cannot be reached, it says so, and succeeds.
const [, , reportFile = '', ...folders] = process.argv;

let count = 0;
const reasons = new Set<string>();
for (const folder of folders) {
  // By default npm retries a registry that does not answer for minutes.
  const args = ['audit', '--json', '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000'];
  const audit = readAudit(spawnSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 }).stdout ?? '');
  if (audit.kind === 'unavailable') {
    reasons.add(audit.reason);
    continue;
  }
  count += audit.vulnerabilities.length;
  for (const { name, severity, title, url, range, nodes } of audit.vulnerabilities) {
    console.error(
      `error: ${name} ${range} has a vulnerability of ${severity} severity: ${title} (${url}). Installed: ${nodes.map((node) => join(folder, node)).join(', ')}. Update the package that depends on it, or set another version in overrides of ${join(folder, 'package.json')}.`,
    );
  }
}
for (const reason of reasons) console.error(`dependencies were not audited: ${reason}`);
writeFileSync(
  reportFile,
  JSON.stringify({ numPassedTests: 0, numFailedTests: count, numRuntimeErrorTestSuites: 0, numPendingTests: 0 }),
);
process.exitCode = count > 0 ? 1 : 0;
