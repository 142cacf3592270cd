/** A call to AWS, as its policies see it. */
export interface Call {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
}

/** One statement of a policy, resolved. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

// What holds of every call here: one machine has no TLS, and plays that it has.
const CONTEXT: Readonly<Record<string, string>> = { 'aws:SecureTransport': 'true' };

/** Reads a policy document. @throws Error for what is not evaluated here, so that nothing is let through unseen */
// biome-ignore lint/suspicious/noExplicitAny: a policy document is JSON of every shape.
export const readPolicy = ({ Statement }: Record<string, any>): Statement[] =>
  [Statement].flat().map(({ Effect, Action, Resource, Condition = {}, ...others }) => {
    const unknown = Object.keys(others).find((name) => name.startsWith('Not'));
    if (unknown || Object.keys(Condition).some((operator) => !(operator in OPERATORS))) {
      throw new Error(`The local stack can not evaluate a policy with ${unknown ?? Object.keys(Condition).join(', ')}`);
    }
    return { effect: Effect, actions: [Action].flat(), resources: [Resource].flat(), condition: Condition };
  });

const OPERATORS: Readonly<Record<string, (actual: string | undefined, wanted: string) => boolean>> = {
  Bool: (actual, wanted) => actual === String(wanted),
  StringEquals: (actual, wanted) => actual === wanted,
};

/** Whether the statement is about this call. */
export const covers = ({ actions, resources, condition }: Statement, { action, resource }: Call): boolean =>
  actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
  resources.some((pattern) => matches(pattern, resource)) &&
  Object.entries(condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, value]) => OPERATORS[operator]?.(CONTEXT[key], value)),
  );

/** What the statements say of the call; `undefined` if none is about it. An explicit deny wins. */
export const judge = (statements: readonly Statement[], call: Call): Statement['effect'] | undefined => {
  const effects = statements.filter((statement) => covers(statement, call)).map(({ effect }) => effect);
  return effects.includes('Deny') ? 'Deny' : effects[0];
};

const matches = (pattern: string, text: string): boolean => {
  const escaped = pattern
    .replace(/[^\w*?]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
};
