import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readAssembly } from '../../emulator/template/assembly.ts';
import { assemblyFolder } from './once.ts';

/** Loads the deployed bundle of a function into this process, with this environment. */
export const loadBundle = async <Handler>(
  whose: 'Ingest' | 'Apply' | 'ChangesPublish',
  environment: Record<string, string>,
): Promise<Handler> => {
  const { template, assetFolder } = await readAssembly(assemblyFolder());
  const [, lambda] =
    Object.entries(template.Resources).find(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(whose)) ?? [];
  const code = lambda?.Properties?.Code as { S3Key: string };
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...environment,
  });
  const { handler } = await import(pathToFileURL(join(assetFolder(code.S3Key), 'index.mjs')).href);
  return handler;
};
