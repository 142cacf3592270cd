import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '../../aws/engine.ts';
import { forwardTo } from '../../aws/forward.ts';
import { replaceFile } from '../storage/replace-file.ts';
import { freePort } from './free-port.ts';

const INSTALLATION = join(import.meta.dirname, '../../dynamodb-local');
const EMULATOR = join(INSTALLATION, 'node_modules/amplify-dynamodb-simulator/emulator');
const START_WITHIN_MS = 30_000;
const HOST = '127.0.0.1';

// Favors a fast start over speed later: the process runs for minutes, not days.
const QUICK = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

// Java must end with this process, even after a crash: a shell reads from a pipe, and kills Java when the pipe closes.
const ENDS_WITH_ITS_PARENT = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 $$ 2>/dev/null) & exec java "$@" </dev/null';

/** Whether DynamoDB Local is installed. `npm ci` alone does not install it. */
export const hasDynamoDbLocal = (): boolean => existsSync(EMULATOR);

/**
 * Amazon's own DynamoDB Local, in a Java process.
 *
 * @param dataDir the folder that keeps items across restarts (default: in memory)
 * @throws Error if it is not installed or does not start
 */
export const startDynamoDbLocal = async (dataDir: string | undefined): Promise<Engine> => {
  if (!hasDynamoDbLocal()) {
    throw new Error(
      `DynamoDB Local is not installed. Amazon licenses it to AWS account holders (see LICENSE.txt in the package). Install it with: npm ci --prefix ${relative(process.cwd(), INSTALLATION)}`,
    );
  }
  if (dataDir) await mkdir(dataDir, { recursive: true });
  const accessKeyId = await keyOf(dataDir);
  const port = await freePort();
  const storage = dataDir ? ['-dbPath', dataDir] : ['-inMemory'];
  const options = ['-disableTelemetry', '-port', String(port), ...storage];
  const jar = [...QUICK, '-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar'];
  const java = spawn('sh', ['-c', ENDS_WITH_ITS_PARENT, 'sh', ...jar, ...options], {
    cwd: EMULATOR,
    detached: true, // Ctrl-C reaches the local stack only, which then stops Java
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  java.once('exit', () => java.stdin.destroy());
  const complaints: Buffer[] = [];
  java.stderr.on('data', (chunk) => complaints.push(chunk));
  await listens(port, java, () => Buffer.concat(complaints).toString().trim());
  return {
    serve: forwardTo({ host: HOST, port, agent: new Agent({ keepAlive: true }) }, accessKeyId),
    stop: async () => {
      const exited = once(java, 'exit');
      if (java.kill('SIGTERM')) await exited;
    },
  };
};

// DynamoDB Local listens on every network interface, accepts any access key, and has a separate database for each. The stack
// uses a random, secret key, which is kept with its data.
const keyOf = async (dataDir: string | undefined): Promise<string> => {
  const key = randomBytes(16).toString('hex');
  if (!dataDir) return key;
  const file = join(dataDir, 'access-key');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await replaceFile(file, key);
  return key;
};

const listens = async (port: number, java: ChildProcess, complaint: () => string): Promise<void> => {
  for (const started = Date.now(); Date.now() - started < START_WITHIN_MS; await wait(50)) {
    if (java.exitCode !== null) {
      throw new Error(
        `DynamoDB Local did not start (it needs Java 11 or later): ${complaint() || `exit status ${java.exitCode}`}`,
      );
    }
    const socket = connect(port, HOST);
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
  }
  throw new Error(`DynamoDB Local did not answer within ${START_WITHIN_MS / 1000} s`);
};
