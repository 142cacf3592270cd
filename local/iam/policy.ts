/** A call to AWS, as its policies see it. */
export interface Call {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
  /** What conditions may ask for, by its key; each key may have several values. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** One statement of a policy, resolved. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Whom a resource's policy is about, such as `Service cloudwatch.amazonaws.com`; none in a policy of an identity. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

// What holds of every call here: one machine has no TLS, and plays that it has.
const CONTEXT: Readonly<Record<string, readonly string[]>> = { 'aws:SecureTransport': ['true'] };

/** Reads a policy document. @throws Error for what is not evaluated here, so that nothing is let through unseen */
// biome-ignore lint/suspicious/noExplicitAny: a policy document is JSON of every shape.
export const readPolicy = ({ Statement }: Record<string, any>): Statement[] =>
  [Statement].flat().map(({ Effect, Principal, Action, Resource, Condition = {}, ...others }) => {
    const unknown = Object.keys(others).find((name) => name.startsWith('Not'));
    if (unknown || Object.keys(Condition).some((operator) => !(operator in OPERATORS))) {
      throw new Error(`The local stack can not evaluate a policy with ${unknown ?? Object.keys(Condition).join(', ')}`);
    }
    return {
      effect: Effect,
      principals: principalsOf(Principal),
      actions: [Action].flat(),
      resources: [Resource].flat(),
      condition: Condition,
    };
  });

const principalsOf = (principal: unknown): string[] => {
  if (principal === undefined) return [];
  if (principal === '*') return ['*'];
  return Object.entries(principal as Record<string, string | string[]>).flatMap(([kind, names]) =>
    [names].flat().map((name) => (name === '*' ? '*' : `${kind} ${name}`)),
  );
};

type Operator = (actual: readonly string[] | undefined, wanted: readonly string[]) => boolean;

const any =
  (fits: (value: string, wanted: string) => boolean): Operator =>
  (actual, wanted) =>
    (actual ?? []).some((value) => wanted.some((one) => fits(value, one)));
const all =
  (fits: (value: string, wanted: string) => boolean): Operator =>
  (actual, wanted) =>
    (actual ?? []).every((value) => wanted.some((one) => fits(value, one)));
const equal = (value: string, wanted: string) => value === wanted;
const like = (value: string, wanted: string) => matches(wanted, value);

const OPERATORS: Readonly<Record<string, Operator>> = {
  Bool: any(equal),
  StringEquals: any(equal),
  StringLike: any(like),
  ArnLike: any(like),
  ArnEquals: any(like), // the same (AWS)
  'ForAllValues:StringEquals': all(equal),
  'ForAllValues:StringLike': all(like),
};

/** Whether the statement is about this call. */
export const covers = ({ actions, resources, condition }: Statement, { action, resource, context = {} }: Call): boolean =>
  actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
  resources.some((pattern) => matches(pattern, resource)) &&
  Object.entries(condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) =>
      OPERATORS[operator]?.({ ...CONTEXT, ...context }[key], [values].flat().map(String)),
    ),
  );

/** What the statements say of the call; `undefined` if none is about it. An explicit deny wins. */
export const judge = (statements: readonly Statement[], call: Call): Statement['effect'] | undefined => {
  const effects = statements.filter((statement) => covers(statement, call)).map(({ effect }) => effect);
  return effects.includes('Deny') ? 'Deny' : effects[0];
};

const patterns = new Map<string, RegExp>();

const matches = (pattern: string, text: string): boolean => {
  let known = patterns.get(pattern);
  if (!known) {
    const escaped = pattern
      .replace(/[^\w*?]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    known = new RegExp(`^${escaped}$`, 's');
    patterns.set(pattern, known);
  }
  return known.test(text);
};
