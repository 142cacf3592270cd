import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What a running local stack tells about itself, to the command line and to other tools. */
export interface StackFile {
  readonly webhookUrl: string;
  readonly awsEndpointUrl: string;
  readonly region: string;
  readonly tableName: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly secretId: string;
  readonly alarmTopicArn: string;
  /** The tokens it started with: per type, or `"*"` for all others, newest first. */
  readonly tokens: Readonly<Record<string, readonly string[]>>;
}

/** Where a stack leaves its file unless told otherwise: in the project's folder, wherever the command is typed. */
export const DEFAULT_STACK_FILE = resolve(import.meta.dirname, '../.local/stack.json');

/** The file's content, or `undefined` if there is none. */
export const readStackFile = async (path: string): Promise<StackFile | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

export const writeStackFile = async (path: string, content: StackFile): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  // Whoever waits for the file must not read half of it.
  await writeFile(`${path}.new`, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
};

export const removeStackFile = (path: string): Promise<void> => rm(path, { force: true });
