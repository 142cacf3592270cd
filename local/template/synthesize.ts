import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Runs the app of cdk.json as the CDK's command line does, into `outdir`, with these settings besides those of cdk.json. */
export const synthesize = async (outdir: string, settings: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const { app, context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
  const [command, ...args] = app.split(' ');
  await promisify(execFile)(command === 'node' ? process.execPath : command, args, {
    cwd: PROJECT,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...settings }) },
  });
};
