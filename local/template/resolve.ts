import type { Template } from './assembly.ts';

/** What CloudFormation knows of a created resource: what `Ref` gives, and what `Fn::GetAtt` gives. */
export interface Created {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates one resource; its properties have no intrinsic functions left. */
export type Creator = (logicalId: string, properties: Properties) => Promise<Created> | Created;

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties are JSON of every shape; each creator knows its own.
export type Properties = Record<string, any>;

/** Told what is not run here, and why. */
export type LeaveOut = (what: string, why: string) => void;

export interface Resolution {
  /** The properties of each resource, resolved, with its type and what it became. */
  readonly resources: ReadonlyMap<string, { readonly type: string; readonly properties: Properties; readonly created: Created }>;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Creates the resources of a template, each after those it refers to, and resolves its outputs.
 *
 * @param pseudo the pseudo parameters, such as `AWS::Region`
 * @param leaveOut takes the resources that can not be created, for which others see placeholders; without it, one of them is an error
 * @throws Error if the template refers to something that is not there, or uses what is not supported here.
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
    if (!resource) throw new Error(`The template refers to ${logicalId}, which it does not define`);
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
    if (value === undefined) throw new Error(`${logicalId} has no attribute ${attribute} here`);
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

  // All of them settle before the first failure is told: nothing is still being started behind the caller's back.
  await Promise.allSettled(Object.keys(template.Resources).map(ensure));
  await Promise.all(Object.keys(template.Resources).map(ensure));
  const outputs = Object.entries(template.Outputs).map(async ([name, { Value }]) => [name, await resolve(Value)]);
  return { resources, outputs: Object.fromEntries(await Promise.all(outputs)) };
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
