import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { freePort } from '../../emulator/engines/dynamodb/free-port.ts';
import { synthesize } from '../../local/synthesize.ts';
import { writeCloudFormation } from '../../package/cloudformation.ts';
import { writeTerraform } from '../../package/terraform.ts';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import type { Json } from '../support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
export const STACK = 'FractalWebhooks';
const REGION = 'eu-central-1';
const ACCOUNT = '000000000000';

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** Starts MiniStack, an emulator of AWS that nobody here wrote, bootstrapped for the CDK. */
export const startMiniStack = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-ministack-'));
  const port = await freePort();
  // Its functions run on the first Node.js of the path.
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  const child = spawn('ministack', [], {
    cwd: folder,
    env: { ...process.env, PATH, BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
  const exited = once(child, 'exit');
  const endedEarly = exited.then(() => Promise.reject(new Error(`MiniStack has exited:\n${log}`)));
  endedEarly.catch(() => {});
  // With 127.0.0.1, addresses of buckets would not resolve.
  const endpoint = `http://localhost:${port}`;
  await Promise.race([eventually(() => fetch(endpoint)), endedEarly]);
  const env = {
    PATH,
    // The CDK remembers the account of an access key in the home folder.
    HOME: folder,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'MINISTACK',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_CONFIG_FILE: join(folder, 'aws-config'),
    // The webhook is at a subdomain of localhost, which not every machine resolves.
    NODE_OPTIONS: `--require ${join(import.meta.dirname, 'localhost.cjs')}`,
  };

  const run = async (command: string, args: readonly string[], cwd: string): Promise<Ran> => {
    const running = spawn(command, args, { cwd, env: { ...process.env, ...env, CI: 'true' } });
    let output = '';
    for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (output += chunk));
    const [status] = await once(running, 'close');
    return { status, output };
  };
  const cdk = (...args: string[]): Promise<Ran> =>
    run(process.execPath, [join(PROJECT, 'node_modules/aws-cdk/bin/cdk'), ...args], folder);
  // A subdomain per bucket would not resolve.
  await writeFile(env.AWS_CONFIG_FILE, '[default]\ns3 =\n  addressing_style = path\n');
  const bootstrapped = await cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
  if (bootstrapped.status !== 0) throw new Error(bootstrapped.output);

  let assemblies = 0;
  return {
    cdk,
    log: () => log,
    client: { endpoint, region: REGION, credentials: { accessKeyId: 'MINISTACK', secretAccessKey: 'any' } },
    /** Runs the command line against the deployed stack. */
    oncall: (...args: string[]) => runCommand([...args, '--stack', STACK], env),
    /** Runs `npm run acceptance` against the deployed stack. */
    accept: (): Promise<Ran> => run('npm', ['run', '--silent', 'acceptance', '--', '--stack', STACK, '--yes'], PROJECT),
    /** Synthesizes the stack without what MiniStack lacks. @param change changes the template */
    assembly: async (settings: Json, change: (template: Json) => void = () => {}): Promise<string> => {
      assemblies += 1;
      const out = join(folder, `assembly-${assemblies}`);
      // It has one account, which is bootstrapped with the default qualifier.
      const own = { account: ACCOUNT, region: REGION, bootstrapQualifier: undefined, terminationProtection: false };
      await synthesize(out, { ...settings, ...own }, STACK);
      const file = join(out, `${STACK}.template.json`);
      const template = JSON.parse(await readFile(file, 'utf8'));
      removeWhatItLacks(template);
      change(template);
      await writeFile(file, JSON.stringify(template));
      await renameAsset(out, assemblies);
      return out;
    },
    /** The bucket of the CDK's bootstrap: any will do. */
    bucket: `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`,
    /** Writes the template for CloudFormation alone, without what MiniStack lacks. @returns its folder */
    plainTemplate: async (): Promise<string> => {
      const plain = join(folder, 'cloudformation');
      const { template } = await writeCloudFormation(plain);
      removeWhatItLacks(template);
      await writeFile(join(plain, 'template.json'), JSON.stringify(template));
      return plain;
    },
    /** Writes the Terraform module, without what MiniStack lacks. @returns its folder */
    terraformModule: async (): Promise<string> => {
      const [plain, module] = [join(folder, 'of-the-module'), join(folder, 'terraform')];
      const written = await writeCloudFormation(plain);
      removeWhatItLacks(written.template);
      await writeTerraform(module, written, plain);
      const main = join(module, 'main.tf');
      // It finds templates only at addresses with the bucket in the path.
      const [ofAws, inPath] = ['${data.aws_s3_bucket.code.bucket_regional_domain_name}', 's3.amazonaws.com/${var.bucket}'];
      await writeFile(main, (await readFile(main, 'utf8')).replace(ofAws, inPath));
      return module;
    },
    /** Runs a command. */
    run: (cwd: string, command: string, ...args: string[]) => run(command, args, cwd),
    /** Runs the `aws` command line. */
    cli: (cwd: string, ...args: string[]) => run('aws', args, cwd),
    /** Writes a file. @returns its path */
    write: async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    },
    deploy: (assembly: string) => cdk('deploy', STACK, '--app', assembly, '--require-approval', 'never'),
    stop: async () => {
      if (child.kill()) await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export type MiniStack = Awaited<ReturnType<typeof startMiniStack>>;

/** The CDK uploads a template once, by the hash that it had before it was changed here. Gives it a name of its own. */
const renameAsset = async (assembly: string, number: number): Promise<void> => {
  for (const name of [`${STACK}.assets.json`, 'manifest.json']) {
    const file = join(assembly, name);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/([0-9a-f]{64})\.json/g, `$1-${number}.json`));
  }
};

/** Removes archives of events, the delivery of the bus's errors, and alarms with metric math. */
const removeWhatItLacks = ({ Resources, Outputs }: Json): void => {
  const lacks = ({ Type, Properties }: Json) =>
    Type === 'AWS::Events::Archive' ||
    Type.startsWith('AWS::Logs::Delivery') ||
    (Type === 'AWS::CloudWatch::Alarm' && Properties.Metrics !== undefined);
  const gone = Object.keys(Resources).filter((id) => lacks(Resources[id]));
  for (const id of gone) delete Resources[id];
  for (const output of Object.values<Json>(Outputs)) {
    if (gone.some((id) => JSON.stringify(output).includes(`"${id}"`))) {
      output.Value = `arn:aws:events:${REGION}:${ACCOUNT}:archive/none`;
    }
  }
};
