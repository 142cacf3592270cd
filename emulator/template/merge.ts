import type { Resource, Template } from './template.ts';

/** A stack that runs together with another one. */
export interface MergedStack {
  readonly stackName: string;
  readonly template: Template;
}

/**
 * One template with the resources of all stacks, and the outputs of the first. Logical ids of the others begin with the name of their
 * stack. `Fn::ImportValue` becomes the value that another stack exports.
 */
export const mergeStacks = (first: MergedStack, others: readonly MergedStack[]): Template => {
  const exported = new Map<string, unknown>();
  const renamed = [first, ...others].map(({ stackName, template }, index) => {
    const prefix = index === 0 ? '' : stackName.replaceAll(/[^A-Za-z0-9]/g, '');
    const own = rename(template, prefix, stackName);
    for (const { Value, Export } of Object.values(own.Outputs))
      if (Export && typeof Export.Name === 'string') exported.set(Export.Name, Value);
    return own;
  });
  const Resources = Object.assign({}, ...renamed.map((one) => one.Resources));
  return importing({ ...first.template, Resources, Outputs: renamed[0]?.Outputs ?? {} }, exported) as Template;
};

/** Puts the prefix in front of logical ids, and replaces the name of the stack, which the pseudo parameters of the first have. */
const rename = ({ Resources, Outputs }: Template, prefix: string, stackName: string): Pick<Template, 'Resources' | 'Outputs'> => {
  if (prefix === '') return { Resources, Outputs };
  const idOf = (id: string): string => (id in Resources ? `${prefix}${id}` : id);
  const substituted = (text: string): string =>
    text.replaceAll(/\$\{(\w+)/g, (whole, name) => (name in Resources ? `\${${prefix}${name}` : whole));
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
    if (more.length === 0) {
      if (name === 'Ref') return argument === 'AWS::StackName' ? stackName : { Ref: idOf(argument) };
      if (name === 'Fn::GetAtt') {
        const [id = '', ...path] = typeof argument === 'string' ? argument.split('.') : argument;
        return { 'Fn::GetAtt': [idOf(id), ...path] };
      }
      if (name === 'Fn::Sub') {
        return { 'Fn::Sub': Array.isArray(argument) ? [substituted(argument[0]), walk(argument[1])] : substituted(argument) };
      }
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  const resources = Object.entries(Resources).map(([id, { DependsOn, ...resource }]) => [
    idOf(id),
    { ...(walk(resource) as Resource), ...(DependsOn !== undefined && { DependsOn: [DependsOn].flat().map(idOf) }) },
  ]);
  return { Resources: Object.fromEntries(resources), Outputs: walk(Outputs) as Template['Outputs'] };
};

const importing = (value: unknown, exported: ReadonlyMap<string, unknown>): unknown => {
  if (Array.isArray(value)) return value.map((one) => importing(one, exported));
  if (typeof value !== 'object' || value === null) return value;
  const name = Object.keys(value).length === 1 ? Object(value)['Fn::ImportValue'] : undefined;
  if (exported.has(name)) return importing(exported.get(name), exported);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, importing(inner, exported)]));
};
