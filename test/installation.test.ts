import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const PROJECT = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');
const manifest = JSON.parse(read('package.json'));

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly inBundle?: boolean;
  readonly os?: string | string[];
  readonly cpu?: string | string[];
  readonly libc?: string | string[];
}

const lockedIn = (folder: string): Record<string, Locked> => {
  const { '': _root, ...packages } = JSON.parse(read(join(folder, 'package-lock.json'))).packages;
  return packages;
};
const locked = lockedIn('.');

// Packages that a plain installation leaves out have their own manifests.
const EXTRAS = ['bench/recommended', 'emulator/dynamodb-local'];

describe('the lock file', () => {
  test.each(['.', ...EXTRAS])('of %s has the hash of every package, and no download URLs', (folder) => {
    const parts = Object.entries(lockedIn(folder)).filter(([, { inBundle }]) => !inBundle);
    expect(parts.length).toBeGreaterThanOrEqual(10);
    expect(parts.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
    expect(parts.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  test('has Node 24 for each supported platform, on Linux only with glibc', () => {
    const nodes = Object.keys(manifest.optionalDependencies).map((name) => locked[`node_modules/${name}`]);
    expect(nodes.map((node) => [node?.os, node?.cpu, node?.version.split('.')[0], node?.libc].flat().join(' ')).sort()).toEqual([
      'darwin arm64 24 ',
      'darwin x64 24 ',
      'linux arm64 24 glibc',
      'linux x64 24 glibc',
      'win32 x64 24 ',
    ]);
  });
});

describe('an installation', () => {
  test.each(['.', ...EXTRAS])('in %s runs no package scripts', (folder) => {
    expect(read(join(folder, '.npmrc')).split('\n')).toContain('ignore-scripts=true');
  });

  test('has neither packages under an Amazon license nor those that the bench compares with', () => {
    const left = EXTRAS.flatMap((folder) => Object.keys(JSON.parse(read(join(folder, 'package.json'))).dependencies));
    const here = left.filter((name) => /powertools|simulator|zod/.test(name) && `node_modules/${name}` in locked);
    expect(left.length).toBeGreaterThan(10);
    expect(here).toEqual([]);
  });

  test('has the AWS SDK in the same versions as the recommended way', () => {
    const { dependencies } = JSON.parse(read('bench/recommended/package.json'));
    const shared = Object.keys(dependencies).filter((name) => name in manifest.dependencies);
    expect(shared.length).toBeGreaterThan(3);
    expect(shared.map((name) => [name, dependencies[name]])).toEqual(shared.map((name) => [name, manifest.dependencies[name]]));
  });

  test('without development dependencies has everything that the system, its deployment and the command line import', () => {
    const rooms = ['functions', 'infra', 'local', 'oncall'].flatMap((room) =>
      readdirSync(join(PROJECT, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
    );
    const imported = rooms
      .filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.includes('node_modules'))
      .flatMap((file) => [...read(file).matchAll(/^import (?!type )[^'";]*? from '((?:@[\w-]+\/)?[\w-]+)[\w/-]*'/gm)])
      .map(([, name = '']) => name);
    expect(imported.length).toBeGreaterThan(100);
    expect([...new Set(imported)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});

describe('an older Node', () => {
  // Only once: child processes run with the real version.
  const pretend = (what: string) => `data:text/javascript,if (process.env.PRETEND) { delete process.env.PRETEND; ${what} }`;
  const older = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } });`;
  const elsewhere = `Object.defineProperty(process, 'arch', { value: 'mips' });`;

  const run = (what: string, args: readonly string[]) => {
    const options = { cwd: PROJECT, encoding: 'utf8', env: { ...process.env, PRETEND: 'yes' } } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', pretend(what), ...args], options);
    return { status, stdout, stderr };
  };

  const commands = [
    ...Object.values<string>(manifest.scripts),
    JSON.parse(read('cdk.json')).app,
    `node ${manifest.bin['fractal-webhooks']}`,
  ]
    .flatMap((script) => script.split(' && '))
    .filter((command) => command.startsWith('node '));

  test.each(commands)('gets an error from %s if Node 24 is not installed for its platform', (command) => {
    const { status, stderr } = run(older + elsewhere, command.split(' ').slice(1));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^fractal-webhooks needs Node\.js 24, and this is 20\.20\.2\. .*\n$/);
  });

  test('runs the same command with the installed Node 24, with the same arguments and exit status', () => {
    const command = [manifest.bin['fractal-webhooks'], 'status', '--help'];
    const help = run(older, command);
    expect(help).toEqual(run('', command));
    expect(help.stdout).toContain('user_id');
    expect(run(older, [manifest.bin['fractal-webhooks'], 'nonsense'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nonsense'),
    });
  });
});
