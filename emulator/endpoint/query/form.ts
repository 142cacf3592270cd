/** A parsed form of the query protocol: `A.1.B=c` is `{A: {1: {B: 'c'}}}`. */
export type Form = string | { readonly [name: string]: Form };

/** Parses the body of a request. A name that is both a value and a prefix of others is a value. */
export const readForm = (body: string): { readonly [name: string]: Form } => {
  const root: Branch = Object.create(null);
  for (const [path, value] of new URLSearchParams(body)) {
    const names = path.split('.');
    const last = names.pop() as string;
    let branch: Branch | undefined = root;
    for (const name of names) branch = below(branch, name);
    if (branch) branch[last] ??= value;
  }
  return root;
};

/** The numbered parts of a list, in order. */
export const partsOf = (form: Form): readonly Form[] =>
  typeof form === 'string'
    ? []
    : Object.entries(form)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, part]) => part);

interface Branch {
  [name: string]: string | Branch;
}

// Without a prototype, so that names such as `__proto__` have no special meaning.
const below = (branch: Branch | undefined, name: string): Branch | undefined => {
  if (!branch) return undefined;
  branch[name] ??= Object.create(null) as Branch;
  const next = branch[name];
  return typeof next === 'string' ? undefined : next;
};
