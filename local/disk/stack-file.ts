import { mkdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { readParts, type StackParts } from '../../functions/core/stack-contract.ts';
import { holdFile } from './lock.ts';
import { replaceFile } from './replace-file.ts';

const StackFileSchema = v.object({
  /** The console, for the browser. */
  consoleUrl: v.string(),
  /** Where the local stack plays Fractal's API. */
  fractalUrl: v.exactOptional(v.string()),
  awsEndpointUrl: v.string(),
  region: v.string(),
  /** The outputs of the CloudFormation stack. */
  outputs: v.record(v.string(), v.string()),
  /** The tokens at the start: per type, or `"*"` for all other types, newest first. */
  tokens: v.record(v.string(), v.pipe(v.array(v.string()), v.readonly())),
});

/** The URLs and names of a running local stack, for the command line and other tools. */
export type StackFile = v.InferOutput<typeof StackFileSchema> & StackParts;

/** The default path of the stack file: in the project's folder; in an installed package, in the current folder. */
export const DEFAULT_STACK_FILE = resolve(
  import.meta.dirname.includes('node_modules') ? '' : join(import.meta.dirname, '../..'),
  '.local/stack.json',
);

/** The file's content, or `undefined` if it is missing or invalid. */
export const readStackFile = async (path: string): Promise<StackFile | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), StackFileSchema), text);
  if (!parsed.success) return undefined;
  const parts = readParts(parsed.output.outputs);
  return parts && { ...parsed.output, ...parts };
};

/**
 * Locks the stack file, and removes an existing one: a stack that was killed leaves it behind.
 *
 * @throws Error with a remedy if another stack holds the lock
 */
export const claimStackFile = async (path: string): Promise<Disposable> => {
  const held = await placing(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    const lock = holdFile(`${path}.lock`);
    if (lock) await remove(path);
    return lock;
  });
  if (held) return held;
  const other = await readStackFile(path);
  throw new Error(
    `${other ? `A local stack is already running at ${other.webhookUrl}` : 'Another local stack is starting'}. Stop it, or start this one with --stack-file FILE and another PORT.`,
  );
};

/** @throws Error with a remedy if the file cannot be written */
export const writeStackFile = (path: string, content: StackFile): Promise<void> =>
  placing(path, () => replaceFile(path, `${JSON.stringify(content, undefined, 2)}\n`));

const placing = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`The stack file ${path} cannot be written: ${message}. Choose another file with --stack-file FILE.`);
  }
};

/** Removes the file, unless another stack has replaced it. */
export const removeStackFile = async (path: string, content: StackFile): Promise<void> => {
  const there = await readStackFile(path);
  if (there?.awsEndpointUrl === content.awsEndpointUrl) await remove(path);
};

const remove = (path: string): Promise<void> =>
  unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
