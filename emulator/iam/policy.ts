import { wildcard } from '../aws/wildcard.ts';

/** A call to AWS, as IAM evaluates it. */
export interface Call {
  /** Such as `sqs:SendMessage`. */
  readonly action: string;
  readonly resource: string;
  /** The values of condition keys; a key can have several. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** One statement of a policy, resolved. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** The principals of a resource policy, such as `Service cloudwatch.amazonaws.com`; none in an identity policy. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

// Calls on one machine do not use TLS; for policies they count as if they did.
const CONTEXT: Readonly<Record<string, readonly string[]>> = { 'aws:SecureTransport': ['true'] };

/** Reads a policy document. @throws Error for unsupported elements, so that none is silently ignored */
// biome-ignore lint/suspicious/noExplicitAny: a policy document is JSON of every shape.
export const readPolicy = ({ Statement }: Record<string, any>): Statement[] =>
  [Statement].flat().map(({ Effect, Principal, Action, Resource, Condition = {}, ...others }) => {
    const unknown = Object.keys(others).find((name) => name.startsWith('Not'));
    if (unknown || Object.keys(Condition).some((operator) => !(operator in OPERATORS))) {
      throw new Error(`The local stack cannot evaluate a policy with ${unknown ?? Object.keys(Condition).join(', ')}`);
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
  StringEqualsIfExists: (actual, wanted) => actual === undefined || any(equal)(actual, wanted),
  StringLike: any(like),
  ArnLike: any(like),
  ArnEquals: any(like), // same as ArnLike (AWS)
  Null: (actual, wanted) => wanted.includes(String(actual === undefined)),
  'ForAllValues:ArnEquals': all(like),
  'ForAllValues:StringEquals': all(equal),
  'ForAllValues:StringLike': all(like),
};

/** Whether the statement applies to this call. */
export const covers = ({ actions, resources, condition }: Statement, { action, resource, context = {} }: Call): boolean =>
  actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
  resources.some((pattern) => matches(pattern, resource)) &&
  Object.entries(condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(([key, values]) =>
      OPERATORS[operator]?.({ ...CONTEXT, ...context }[key], [values].flat().map(String)),
    ),
  );

/** The verdict of the statements on the call; `undefined` if none applies. An explicit deny wins. */
export const judge = (statements: readonly Statement[], call: Call): Statement['effect'] | undefined => {
  const effects = statements.filter((statement) => covers(statement, call)).map(({ effect }) => effect);
  return effects.includes('Deny') ? 'Deny' : effects[0];
};

const patterns = new Map<string, RegExp>();

const matches = (pattern: string, text: string): boolean => {
  let known = patterns.get(pattern);
  if (!known) {
    known = wildcard(pattern);
    patterns.set(pattern, known);
  }
  return known.test(text);
};
