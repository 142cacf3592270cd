import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { postEvent } from '../../functions/forward/post.ts';
import { requestOf } from '../../functions/forward/request.ts';
import { eventually } from '../support/eventually.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const SECRET = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6kL9n';
const STARTED_WITHIN_MS = 180_000;

/** The code of the page, by the file name in its first line. */
const CODE = new Map(
  [...(await readFile(join(PROJECT, 'docs/forward.md'), 'utf8')).matchAll(/^```\w+\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, file = '', code = '']) => [file, code] as const,
  ),
);

let folder: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-forward-'));
});

afterEach(async () => {
  if (!child || child.exitCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(-(child.pid as number), 'SIGKILL');
  await exited;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Each: the file of the page, the packages it needs, and the command that runs it. */
const RECEIVERS: readonly [string, string, string | undefined, (port: number) => readonly string[]][] = [
  ['Express', 'server.mjs', join(PROJECT, 'node_modules'), () => [process.execPath, 'server.mjs']],
  [
    'Next.js',
    'app/fractal/route.js',
    join(PROJECT, 'test/judges/npm/node_modules'),
    (port) => [
      process.execPath,
      'node_modules/next/dist/bin/next',
      'dev',
      '--webpack',
      '--hostname',
      '127.0.0.1',
      '--port',
      String(port),
    ],
  ],
  [
    'FastAPI',
    'server.py',
    undefined,
    (port) => ['python3', '-m', 'uvicorn', 'server:app', '--host', '127.0.0.1', '--port', String(port)],
  ],
  ['Go', 'main.go', undefined, () => ['go', 'run', 'main.go']],
];

describe('the receiving side in docs/forward.md', () => {
  test.each(RECEIVERS)(
    '%s: takes a signed event, and refuses a changed, a foreign and an old one',
    async (name, file, packages, command) => {
      if (name === 'Go' && spawnSync('go', ['version']).error) {
        if (process.env.CI) throw new Error('Go is missing: .ci/run installs it');
        console.warn('SKIPPED: Go is not installed.');
        return;
      }
      const home = join(folder, name);
      await mkdir(dirname(join(home, file)), { recursive: true });
      await writeFile(join(home, file), CODE.get(file) ?? '');
      if (name === 'Next.js') await writeFile(join(home, 'app/layout.js'), LAYOUT);
      if (packages) await symlink(packages, join(home, 'node_modules'));
      const port = await freePort();
      const [program = '', ...args] = command(port);
      let output = '';
      child = spawn(program, args, {
        cwd: home,
        detached: true,
        env: {
          ...process.env,
          PORT: String(port),
          FORWARD_SECRET: SECRET,
          PYTHONUNBUFFERED: '1',
          NEXT_TELEMETRY_DISABLED: '1',
          GOFLAGS: '-mod=mod',
        },
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk) => {
          output += chunk;
        });

      const url = `http://127.0.0.1:${port}/fractal`;
      const detail = { version: 1, id: 'ü', user_id: '42', level: 'plus', status: 'approved', as_of: 1_602_240_632_000 };
      const body = JSON.stringify({ 'detail-type': 'verification_approved', source: 'fractal-webhooks', detail });
      const signed = (secrets = [SECRET], now = Date.now()) => requestOf('change', body, secrets, now);
      await eventually(async () => {
        const problem = await postEvent(url, signed());
        if (problem !== undefined) throw new Error(`${problem}\n${output.slice(-2_000)}`);
      }, STARTED_WITHIN_MS);
      await eventually(async () => expect(output).toContain('verification_approved 42 1602240632000'));
      const other = 'b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA==';
      expect(await postEvent(url, signed([other, SECRET]))).toBeUndefined();
      expect(await postEvent(url, signed([other]))).toBe('answered 401');
      expect(await postEvent(url, { ...signed(), body: body.replace('approved', 'rejected') })).toBe('answered 401');
      expect(await postEvent(url, signed([SECRET], Date.now() - 600_000))).toBe('answered 401');
    },
    2 * STARTED_WITHIN_MS,
  );
});

/** Next.js needs one; a route does not use it. */
const LAYOUT = 'export default ({ children }) => children;\n';
