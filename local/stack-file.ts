import { mkdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { holdFile } from './lock.ts';
import { replaceFile } from './replace-file.ts';

const StackFileSchema = v.object({
  /** The stack in the browser. */
  consoleUrl: v.exactOptional(v.string()),
  webhookUrl: v.string(),
  awsEndpointUrl: v.string(),
  region: v.string(),
  tableName: v.string(),
  queueUrl: v.string(),
  deadLetterQueueUrl: v.string(),
  secretId: v.string(),
  alarmTopicArn: v.string(),
  /** These five are there unless changeEvents is off. */
  eventBusName: v.exactOptional(v.string()),
  eventArchiveArn: v.exactOptional(v.string()),
  unpublishedQueueUrl: v.exactOptional(v.string()),
  eventCheckQueueUrl: v.exactOptional(v.string()),
  tableStreamArn: v.exactOptional(v.string()),
  /** The outputs of the stack, as a deployment has them. */
  outputs: v.record(v.string(), v.string()),
  /** The tokens it started with: per type, or `"*"` for all others, newest first. */
  tokens: v.record(v.string(), v.pipe(v.array(v.string()), v.readonly())),
});

/** What a running local stack tells about itself, to the command line and to other tools. */
export type StackFile = v.InferOutput<typeof StackFileSchema>;

/** Where a stack leaves its file unless told otherwise: in the project's folder, wherever the command is typed; where this is installed, in the folder where it is typed. */
export const DEFAULT_STACK_FILE = resolve(
  import.meta.dirname.includes('node_modules') ? '' : join(import.meta.dirname, '..'),
  '.local/stack.json',
);

/** The file's content, or `undefined` if there is none that could be read. */
export const readStackFile = async (path: string): Promise<StackFile | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), StackFileSchema), text);
  return parsed.success ? parsed.output : undefined;
};

/**
 * Makes sure that no other stack has its file there, and removes what is there: of a stack that was killed, or of anybody else.
 *
 * @throws Error that says what to do, if another one runs or starts
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
    `${other ? `A local stack runs already, at ${other.webhookUrl}` : 'Another local stack is just starting'}. Stop it, or start this one with --stack-file FILE and another PORT.`,
  );
};

/** @throws Error that says what to do, if that is not possible */
export const writeStackFile = (path: string, content: StackFile): Promise<void> =>
  placing(path, () => replaceFile(path, `${JSON.stringify(content, undefined, 2)}\n`));

const placing = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`The stack file ${path} can not be written: ${message}. Choose another with --stack-file FILE.`);
  }
};

/** Removes the file, unless it is another stack's by now. */
export const removeStackFile = async (path: string, content: StackFile): Promise<void> => {
  const there = await readStackFile(path);
  if (there?.awsEndpointUrl === content.awsEndpointUrl) await remove(path);
};

const remove = (path: string): Promise<void> =>
  unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
