import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Runs before the judges, which are packages of Python and npm: checks that the pinned versions are installed.
const pinned = readFileSync(join(import.meta.dirname, 'requirements.txt'), 'utf8')
  .trim()
  .split('\n');

const IS_INSTALLED = 'import sys; from importlib.metadata import version; sys.exit(version(sys.argv[1]) != sys.argv[2])';

const missing = pinned.filter((requirement) => {
  const [name = '', version = ''] = requirement.replace(/\[.*\]/, '').split('==');
  return spawnSync('python3', ['-c', IS_INSTALLED, name, version]).status !== 0;
});

const { devDependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'npm/package.json'), 'utf8'));
const missingOfNpm = Object.keys(devDependencies).filter(
  (name) => !existsSync(join(import.meta.dirname, 'npm/node_modules', name, 'package.json')),
);
if (missingOfNpm.length > 0) {
  console.error(`The judges need ${missingOfNpm.join(' and ')}: npm ci --prefix test/judges/npm`);
  process.exitCode = 1;
}

if (missing.length > 0) {
  console.error(`The judges need ${missing.join(' and ')} in python3: pip install -r test/judges/requirements.txt`);
  process.exitCode = 1;
}
