import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PROJECT = resolve(import.meta.dirname, '..');

/**
 * Synthesizes the app of cdk.json into `outdir`, with one installation instead of those of infra/installations.ts. Skips the
 * CDK's own validation of the template, which takes half the time and which `cdk synth` and `cdk deploy` run; the rule packs of
 * infra/app.ts run.
 *
 * @param settings the installation's settings. Default stage: prod
 * @param name the name of the stack
 */
export const synthesize = async (
  outdir: string,
  settings: Readonly<Record<string, unknown>> = {},
  name = 'FractalWebhooks',
): Promise<void> => {
  const { app, context } = JSON.parse(await readFile(join(PROJECT, 'cdk.json'), 'utf8'));
  const [command, ...args] = app.split(' ');
  const installations = { [name]: { stage: 'prod', ...settings } };
  await promisify(execFile)(command === 'node' ? process.execPath : command, args, {
    cwd: PROJECT,
    env: {
      ...process.env,
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, installations }),
    },
  });
};
