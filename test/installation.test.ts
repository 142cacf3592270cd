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

const { '': _root, ...locked }: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages;

describe('the lock file', () => {
  test('has the hash of every package, and names no place that it comes from', () => {
    const parts = Object.entries(locked).filter(([, { inBundle }]) => !inBundle);
    expect(parts.length).toBeGreaterThan(300);
    expect(parts.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([]);
    expect(parts.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  test('has Node 24 for each platform that the packages are for, and for Linux with glibc alone', () => {
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
  test('runs no script of any package', () => {
    expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
  });

  test('without what is for development alone has all that the system, its deployment and on-call import', () => {
    const rooms = ['functions', 'infra', 'local', 'oncall'].flatMap((room) =>
      readdirSync(join(PROJECT, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
    );
    const imported = rooms
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .flatMap((file) => [...read(file).matchAll(/^import (?!type )[^'";]*? from '((?:@[\w-]+\/)?[\w-]+)[\w/-]*'/gm)])
      .map(([, name = '']) => name);
    expect(imported.length).toBeGreaterThan(100);
    expect([...new Set(imported)].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });
});

describe('an older Node', () => {
  // Once: what it starts is what it is.
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

  test.each(commands)('is told what it lacks by %s, if nothing is installed for its platform', (command) => {
    const { status, stderr } = run(older + elsewhere, command.split(' ').slice(1));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^fractal-webhooks needs Node 24, and this is Node 20\.20\.2\. .*\n$/);
  });

  test('has the installed Node 24 run the same, with the same arguments and exit status', () => {
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
