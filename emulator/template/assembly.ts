import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ACCOUNT_ID, physicalName, REGION } from '../aws/account.ts';
import { mergeStacks } from './merge.ts';
import type { Resource, Template } from './template.ts';

export type { Resource, Template };

/** A synthesized stack, with those that import from it and from which it imports: their template and assets. */
export interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** The folder of the asset with this S3 key. */
  assetFolder(s3Key: string): string;
}

/** Which stack of an assembly to run: by its name, or by an output that it has. */
export interface WantedStack {
  readonly name?: string | undefined;
  readonly output?: string;
  /** What a stack with this output has, for messages, such as `an API`. */
  readonly what?: string;
  /** How a user chooses a stack or an assembly, for messages. */
  readonly chosenBy?: { readonly stack: string; readonly assembly: string };
}

/**
 * Reads a stack from a cloud assembly, the output folder of `cdk synth`.
 *
 * @throws Error with a remedy unless exactly one stack matches
 */
export const readAssembly = async (
  folder: string,
  { name, output, what, chosenBy = { stack: 'stack.name', assembly: 'assembly' } }: WantedStack = {},
): Promise<Assembly> => {
  const manifest = await readJson(folder, 'manifest.json').catch(() => {
    throw new Error(
      `${folder} is not a cloud assembly. Create one with cdk synth, which writes to cdk.out by default, or choose another folder with ${chosenBy.assembly}.`,
    );
  });
  const stacks = await Promise.all(
    Object.entries<Artifact>(manifest.artifacts)
      .filter(([, { type }]) => type === 'aws:cloudformation:stack')
      .map(async ([id, { properties, environment = '', dependencies = [] }]) => ({
        id,
        dependencies,
        environment,
        stackName: properties.stackName ?? id,
        template: inLocalAccount(await readTemplate(folder, properties.templateFile), environment),
      })),
  );
  const matches = ({ template }: { readonly template: Template }) => output === undefined || output in template.Outputs;
  const found = stacks.filter((one) => matches(one) && (name === undefined || one.stackName === name));
  const [stack] = found;
  if (!stack || found.length > 1) {
    const having = output === undefined ? '' : ` with ${what ?? `the output ${output}`}`;
    const namesOf = (some: readonly { readonly stackName: string }[]) =>
      some.map(({ stackName }) => stackName).join(', ') || 'none';
    const names = namesOf(found.length > 1 ? found : stacks);
    if (name !== undefined && stacks.some(({ stackName }) => stackName === name)) {
      throw new Error(
        `The stack ${name} does not have ${what ?? `the output ${output}`}. It is in: ${namesOf(stacks.filter(matches))}.`,
      );
    }
    throw new Error(
      found.length > 1
        ? `${folder} contains several stacks${having}: ${names}. Choose one with ${chosenBy.stack} NAME.`
        : `${folder} contains no stack${name ? ` ${name}` : having}. It contains: ${names}.${stagesIn(manifest, folder, chosenBy.assembly)}`,
    );
  }
  const isAnother = (one: (typeof stacks)[number]): boolean => output !== undefined && matches(one);
  const others = connectedTo(stack, stacks).filter((one) => one.environment === stack.environment && !isAnother(one));
  const files: Record<string, { readonly source: { readonly path: string } }> = {};
  for (const { id } of [stack, ...others]) Object.assign(files, (await readJson(folder, `${id}.assets.json`)).files);
  return {
    stackName: stack.stackName,
    template: mergeStacks(stack, others),
    assetFolder: (s3Key) => {
      // The synthesizer can have a prefix for the keys.
      const asset = files[s3Key.replace(/^.*\//, '').replace(/\.zip$/, '')];
      if (!asset) throw new Error(`The template refers to the asset ${s3Key}, which is missing in ${folder}`);
      return resolve(folder, asset.source.path);
    },
  };
};

interface Connected {
  readonly id: string;
  readonly dependencies: readonly string[];
}

/** The stacks that depend on this one, and those on which these depend. */
const connectedTo = <Stack extends Connected>(stack: Stack, stacks: readonly Stack[]): Stack[] => {
  const needs = (one: Stack): Stack[] => [one, ...stacks.filter(({ id }) => one.dependencies.includes(id)).flatMap(needs)];
  const connected = stacks.filter((one) => one === stack || needs(one).includes(stack)).flatMap(needs);
  return [...new Set(connected)].filter((one) => one !== stack);
};

const readTemplate = async (folder: string, file: string): Promise<Template> => {
  const template: Partial<Template> = await readJson(folder, file);
  return { ...template, Resources: template.Resources ?? {}, Outputs: template.Outputs ?? {} };
};

const stagesIn = (manifest: { readonly artifacts: Record<string, Artifact> }, folder: string, by: string): string => {
  const stages = Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'cdk:cloud-assembly');
  return stages.length > 0
    ? ` It contains stages: choose one with ${by} ${stages.map(([id]) => join(folder, id)).join(' or ')}.`
    : '';
};

/** Replaces the app's account and region (`aws://123456789012/us-east-1`) with those of the local stack. */
const inLocalAccount = (template: Template, environment: string): Template => {
  const [, account, region] = /^aws:\/\/(\d+|unknown-account)\/(.+)$/.exec(environment) ?? [];
  let json = JSON.stringify(template);
  if (account && account !== 'unknown-account') json = json.replaceAll(account, ACCOUNT_ID);
  if (region && region !== 'unknown-region') json = json.replaceAll(region, REGION);
  return JSON.parse(json);
};

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties: { readonly templateFile: string; readonly stackName?: string };
}

const readJson = async (folder: string, file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'));

/** The logical ids of the resources of this type. */
export const idsOf = ({ Resources }: Template, wanted: string): string[] =>
  Object.entries(Resources).flatMap(([id, { Type }]) => (Type === wanted ? [id] : []));

/** The physical names of the template's queues. */
export const queueNamesIn = ({ stackName, template }: Assembly): string[] =>
  idsOf(template, 'AWS::SQS::Queue').map((id) => physicalName(stackName, id));
