import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { readParts } from '../functions/core/stack-contract.ts';
import { SETTINGS, START, SYNTHESIZE, startWith } from './called.ts';
import { CannotRunError } from './failure.ts';
import { shellWord } from './shell-word.ts';
import { describeParts, LIMITS, type Target } from './target.ts';

// Overrides the environment and profiles: the local endpoint has no other variants.
const PLAIN = { useFipsEndpoint: false, useDualstackEndpoint: false } as const;

export interface TargetOptions {
  /** The name of the CloudFormation stack; `undefined` for the local stack. */
  readonly stack?: string | undefined;
  readonly region?: string | undefined;
  readonly stackFile: string;
}

/** The file with the addresses of the local stack. */
export const DEFAULT_STACK_FILE = resolve(
  import.meta.dirname.includes('node_modules') ? '' : join(import.meta.dirname, '..'),
  '.local/stack.json',
);

const StackFileSchema = v.object({
  awsEndpointUrl: v.string(),
  region: v.string(),
  outputs: v.record(v.string(), v.string()),
  consoleUrl: v.exactOptional(v.string()),
  fractalUrl: v.exactOptional(v.string()),
});

/** Finds the stack. @throws CannotRunError if there is none */
export const findTarget = async ({ stack, region, stackFile }: TargetOptions): Promise<Target> => {
  if (stack === undefined) return findLocal(stackFile);
  const { findDeployed } = await import('./deployed-stack.ts');
  return findDeployed(stack, region);
};

const findLocal = async (stackFile: string): Promise<Target> => {
  const isDefault = resolve(stackFile) === DEFAULT_STACK_FILE;
  const start = isDefault ? START : startWith(`--stack-file ${shellWord(stackFile)}`);
  const text = await readFile(stackFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new CannotRunError(
      `No stack: no local stack is running (there is no ${stackFile}), and --stack is missing. Start it with ${start}, or add --stack NAME for a deployed one.`,
    );
  });
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), StackFileSchema), text);
  const parts = parsed.success ? readParts(parsed.output.outputs) : undefined;
  if (!parsed.success || !parts)
    throw new CannotRunError(`${stackFile} is not the file of a local stack. Delete it, then run ${start}.`);
  const { awsEndpointUrl, region, consoleUrl, fractalUrl } = parsed.output;
  return {
    ...describeParts(parts),
    ...(consoleUrl !== undefined && { consoleUrl }),
    ...(fractalUrl !== undefined && { fractalUrl }),
    concurrencyNeeded: 0,
    lagMs: 0,
    deployed: false,
    options: isDefault ? '' : ` --stack-file ${shellWord(stackFile)}`,
    awsOptions: ` --endpoint-url ${awsEndpointUrl} --region ${region}`,
    deployAgain: `Restart the local stack: ${start}`,
    recreate: start,
    remedy: (change) => `${change} in ${SETTINGS}, ${SYNTHESIZE}and restart the local stack: ${start}`,
    client: {
      ...LIMITS,
      ...PLAIN,
      endpoint: awsEndpointUrl,
      region,
      credentials: { accessKeyId: 'oncall', secretAccessKey: 'local' },
    },
  };
};
