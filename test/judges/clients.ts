import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

// biome-ignore lint/suspicious/noExplicitAny: the input and output of any call.
type Json = any;

/** Makes one call with a client that people use, with the names of AWS's API. @throws Error that names AWS's error */
export type Client = (endpoint: string, service: string, operation: string, input: Json) => Promise<Json>;

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_DEFAULT_REGION: 'eu-central-1',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_PAGER: '',
};

const run = async (command: string, args: readonly string[]): Promise<Json> => {
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, ...ENVIRONMENT } });
  return JSON.parse(stdout || '{}');
};

const kebab = (operation: string): string => operation.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase();

const commandLine =
  (command: string, ...first: string[]): Client =>
  (endpoint, service, operation, input) =>
    run(command, [
      ...first,
      ...['--endpoint-url', endpoint, '--output', 'json'],
      ...[service, kebab(operation), '--cli-input-json', JSON.stringify(input)],
    ]);

const boto3: Client = (endpoint, ...call) => {
  const [service, operation, input] = call;
  return run('python3', [join(import.meta.dirname, 'boto3-client.py'), endpoint, service, operation, JSON.stringify(input)]);
};

/** The AWS CLIs of version 2 on this machine. Debian's package uses older protocols than the clients from PyPI. */
const secondVersions = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'aws'))
  .filter((file) => existsSync(file))
  .flatMap((file) => {
    const [version = ''] = spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout?.split(' ') ?? [];
    return version.startsWith('aws-cli/2.') ? [[version, commandLine(file)] as const] : [];
  });

if (secondVersions.length === 0) console.warn('AWS CLI version 2 is not on the PATH, so it is not tested with the local stack.');

/** The clients on this machine, by name. */
export const CLIENTS: readonly (readonly [string, Client])[] = [
  ['boto3', boto3],
  ['aws-cli/1', commandLine('python3', '-m', 'awscli')],
  ...new Map(secondVersions),
];
