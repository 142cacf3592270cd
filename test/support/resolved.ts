import { readAssembly } from '../../emulator/template/assembly.ts';
import { type Properties, resolveTemplate } from '../../emulator/template/resolve.ts';
import { synthesized } from './synthesized.ts';

/** The resolved properties of each resource of a stack with these settings, by logical id. */
export const resolvedStack = async (
  settings: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, Properties>>> => {
  const { template } = await readAssembly(await synthesized(settings));
  const seen: Record<string, Properties> = {};
  const anyAttribute = new Proxy({}, { get: (_, name) => String(name) }) as Record<string, string>;
  const pseudo = {
    'AWS::Region': 'r',
    'AWS::Partition': 'aws',
    'AWS::AccountId': '1',
    'AWS::URLSuffix': 'x',
    'AWS::StackId': 'a/b/c',
  };
  await resolveTemplate({ ...template, Outputs: {} }, pseudo, () => (id, properties) => {
    seen[id] = properties;
    return {
      ref: id,
      attributes: { ...anyAttribute, Arn: `arn:aws:x:r:1:${id}`, QueueName: id, StreamArn: 'x', Version: '1', ApiEndpoint: 'x' },
    };
  });
  return seen;
};
