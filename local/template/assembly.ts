import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}

export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { readonly Value: unknown }>;
}

/** A synthesized stack: its template, and where the content of each asset lies. */
export interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** The folder of the asset whose S3 key this is. */
  assetFolder(s3Key: string): string;
}

/** Reads the one stack of a cloud assembly, as `cdk synth` leaves it in a folder. */
export const readAssembly = async (folder: string): Promise<Assembly> => {
  const manifest = await readJson(folder, 'manifest.json');
  const stacks = Object.entries<Artifact>(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (!stack || stacks.length > 1) throw new Error(`${folder} should hold one stack and holds ${stacks.length}`);
  const [stackName, { properties }] = stack;
  const { files } = await readJson(folder, `${stackName}.assets.json`);
  return {
    stackName,
    template: await readJson(folder, properties.templateFile),
    assetFolder: (s3Key) => {
      const asset = files[s3Key.replace(/\.zip$/, '')];
      if (!asset) throw new Error(`The template names the asset ${s3Key}, which ${folder} does not hold`);
      return join(folder, asset.source.path);
    },
  };
};

interface Artifact {
  readonly type: string;
  readonly properties: { readonly templateFile: string };
}

const readJson = async (folder: string, file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'));
