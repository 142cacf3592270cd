import type { Template } from './assembly.ts';

/** A created resource: the values of `Ref` and `Fn::GetAtt`. */
export interface Created {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates a resource from properties without intrinsic functions. */
export type Creator = (logicalId: string, properties: Properties) => Promise<Created> | Created;

// biome-ignore lint/suspicious/noExplicitAny: properties are JSON of any shape; each creator knows its own.
export type Properties = Record<string, any>;

/** Called for each part of the template that is not run, with the reason. */
export type LeaveOut = (what: string, why: string) => void;

export interface Resolution {
  /** The type, the resolved properties and the result of each resource. */
  readonly resources: ReadonlyMap<string, { readonly type: string; readonly properties: Properties; readonly created: Created }>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The entries of the resources of these types, by logical id. */
export const ofType = (resources: Resolution['resources'], ...types: string[]) =>
  [...resources].filter(([, { type }]) => types.includes(type));

/**
 * Creates the resources of a template, each after those that it refers to, and resolves the outputs.
 *
 * @param pseudo the pseudo parameters, such as `AWS::Region`
 * @param leaveOut called for resources that cannot be created; references to them become placeholders (default: an error)
 * @throws Error if the template refers to an undefined resource, or uses an unsupported feature
 */
export const resolveTemplate = async (
  template: Template,
  pseudo: Readonly<Record<string, string>>,
  creatorOf: (type: string) => Creator,
  leaveOut?: LeaveOut,
): Promise<Resolution> => {
  const resources = new Map<string, { type: string; properties: Properties; created: Created }>();
  const underWay = new Map<string, Promise<Created>>();

  const create = async (logicalId: string): Promise<Created> => {
    const resource = template.Resources[logicalId];
    if (!resource) throw new Error(`The template refers to ${logicalId}, but does not define it`);
    try {
      const creator = creatorOf(resource.Type);
      const properties = (await resolve(resource.Properties ?? {})) as Properties;
      const created = await creator(logicalId, properties);
      resources.set(logicalId, { type: resource.Type, properties, created });
      return created;
    } catch (error) {
      if (!leaveOut) throw error;
      leaveOut(`${logicalId} (${resource.Type})`, (error as Error).message);
      return { ref: logicalId, attributes: new Proxy({}, { get: (_, name) => `${logicalId}.${String(name)}` }) };
    }
  };

  const ensure = (logicalId: string): Promise<Created> => {
    const creation = underWay.get(logicalId) ?? create(logicalId);
    underWay.set(logicalId, creation);
    return creation;
  };

  const ref = async (name: string): Promise<string> => pseudo[name] ?? (await ensure(name)).ref;

  const getAtt = async (path: string | [string, string]): Promise<string> => {
    const [logicalId, attribute] = typeof path === 'string' ? (path.split('.') as [string, string]) : path;
    const value = (await ensure(logicalId)).attributes?.[attribute];
    if (value === undefined) throw new Error(`the local stack does not support the attribute ${attribute} of ${logicalId}`);
    return value;
  };

  const intrinsics: Record<string, (argument: never) => Promise<unknown>> = {
    Ref: ref,
    'Fn::GetAtt': getAtt,
    'Fn::Join': async ([separator, parts]: [string, unknown]) => ((await resolve(parts)) as string[]).join(separator),
    'Fn::Split': async ([separator, text]: [string, unknown]) => ((await resolve(text)) as string).split(separator),
    'Fn::Select': async ([index, list]: [number, unknown]) => ((await resolve(list)) as unknown[])[index],
    'Fn::Sub': (text: string) => substitute(text, ref, getAtt),
  };

  const resolve = async (value: unknown): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map(resolve));
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = [], ...others] = Object.entries(value);
    if (name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
      const intrinsic = intrinsics[name];
      if (!intrinsic) throw new Error(`${name} is not supported by the local stack`);
      return intrinsic(argument as never);
    }
    const entries = await Promise.all(Object.entries(value).map(async ([key, inner]) => [key, await resolve(inner)]));
    return Object.fromEntries(entries);
  };

  // Waits for all before the first failure is thrown, so that no creation is still in progress then.
  await Promise.allSettled(Object.keys(template.Resources).map(ensure));
  await Promise.all(Object.keys(template.Resources).map(ensure));
  const outputs: Record<string, string> = {};
  for (const [name, { Value }] of Object.entries(template.Outputs)) {
    try {
      outputs[name] = (await resolve(Value)) as string;
    } catch (error) {
      if (!leaveOut) throw error;
      leaveOut(`the output ${name}`, (error as Error).message);
    }
  }
  return { resources, outputs };
};

const substitute = async (
  text: string,
  ref: (name: string) => Promise<string>,
  getAtt: (path: string) => Promise<string>,
): Promise<string> => {
  const parts = text.split(/\$\{([^}]+)\}/);
  const resolved = parts.map((part, index) => (index % 2 === 0 ? part : part.includes('.') ? getAtt(part) : ref(part)));
  return (await Promise.all(resolved)).join('');
};
