import { BlockList, isIPv6 } from 'node:net';

type Json = unknown;

/** Whether a value of the event is matched. `undefined` stands for a field that the event does not have. */
type Match = (value: Json) => boolean;

/**
 * Reads an event pattern, in the whole language of EventBridge.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @returns whether an event matches it
 * @throws Error if it is not valid, which PutRule rejects
 */
export const readPattern = (pattern: Json): Match => {
  if (!isObject(pattern)) throw new Error('an event pattern is an object');
  const fields = Object.entries(pattern).map(([name, wanted]): Match => {
    if (name === '$or') return anyOf(alternatives(wanted));
    const matchField = Array.isArray(wanted) ? anyOf(wanted.map((one) => leafOf(name, one))) : readPattern(wanted);
    return (value) => matchField(isObject(value) && Object.hasOwn(value, name) ? value[name as never] : undefined);
  });
  const all: Match = (value) => fields.every((match) => match(value));
  // Of a list of objects, one has to match as a whole.
  return (value) => (Array.isArray(value) ? value.some(all) : all(value));
};

const anyOf =
  (matches: readonly Match[]): Match =>
  (value) =>
    matches.some((match) => match(value));

const alternatives = (wanted: Json): Match[] => {
  if (!Array.isArray(wanted) || wanted.length < 2) throw new Error('$or is a list of at least two patterns');
  return wanted.map(readPattern);
};

/** One of the listed values of a field. Of a list in the event, any element can match. */
const leafOf = (field: string, wanted: Json): Match => {
  const one = isObject(wanted) ? operatorOf(field, wanted) : (value: Json) => wanted === value;
  return (value) => (Array.isArray(value) ? value.some((each) => !Array.isArray(each) && one(each)) : one(value));
};

const operatorOf = (field: string, operation: object): Match => {
  const [[name, operand] = ['', undefined], ...more] = Object.entries(operation);
  const read = OPERATORS[name];
  if (!read || more.length > 0) throw new Error(`${field} has no valid operator: ${JSON.stringify(operation)}`);
  return read(operand, `${name} of ${field}`);
};

const onText =
  (match: (text: string) => boolean): Match =>
  (value) =>
    typeof value === 'string' && match(value);

type Operator = (operand: Json, what: string) => Match;

/** An operator on text, whose operand is text, or `{ "equals-ignore-case": text }`. */
const textual =
  (test: (text: string, operand: string) => boolean): Operator =>
  (operand, what) => {
    const { 'equals-ignore-case': ignoring } = Object(operand);
    const wanted = textIn(ignoring ?? operand, what);
    return onText((text) => (ignoring === undefined ? test(text, wanted) : test(text.toLowerCase(), wanted.toLowerCase())));
  };

const prefix = textual((text, wanted) => text.startsWith(wanted));
const suffix = textual((text, wanted) => text.endsWith(wanted));
const equalsIgnoreCase: Operator = (operand, what) => {
  const wanted = textIn(operand, what).toLowerCase();
  return onText((text) => text.toLowerCase() === wanted);
};
const wildcard: Operator = (operand, what) => {
  const parts = [...textIn(operand, what).matchAll(/\\([*\\])|(\*+)|([^*\\]+|\\)/g)];
  if (parts.some(([, , stars = '']) => stars.length > 1)) throw new Error(`${what} has consecutive wildcards`);
  const source = parts.map(([, escaped, star, text = '']) =>
    star ? '[^]*' : (escaped ?? text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  const regex = new RegExp(`^${source.join('')}$`);
  return onText((text) => regex.test(text));
};

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

const numeric: Operator = (operand, what) => {
  const list = Array.isArray(operand) ? operand : [];
  const pairs = Array.from({ length: Math.ceil(list.length / 2) }, (_, index) => list.slice(2 * index, 2 * index + 2));
  const comparisons = pairs.map(([sign, limit]) => {
    const compare = COMPARISONS[sign];
    if (!compare || typeof limit !== 'number') throw new Error(`${what} is no comparison: ${JSON.stringify(operand)}`);
    return (value: number) => compare(value, limit);
  });
  if (comparisons.length < 1 || comparisons.length > 2) throw new Error(`${what} needs one or two comparisons`);
  return (value) => typeof value === 'number' && comparisons.every((compare) => compare(value));
};

const cidr: Operator = (operand, what) => {
  const [network = '', bits] = textIn(operand, what).split('/');
  const block = new BlockList();
  const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
  block.addSubnet(network, Number(bits), family(network));
  return onText((address) => {
    try {
      return block.check(address, family(address));
    } catch {
      return false; // no address
    }
  });
};

const exists: Operator = (operand, what) => {
  if (typeof operand !== 'boolean') throw new Error(`${what} is true or false`);
  // Only for leaves: an object has no value of its own.
  return (value) => operand === (value !== undefined && !isObject(value));
};

const EXCLUSIONS: Readonly<Record<string, Operator>> = { prefix, suffix, 'equals-ignore-case': equalsIgnoreCase, wildcard };

const anythingBut: Operator = (operand, what) => {
  const [[name, operands] = ['', undefined]] = isObject(operand) ? Object.entries(operand) : [];
  const read = EXCLUSIONS[name];
  if (isObject(operand) && !read) throw new Error(`${what} has no valid operator: ${JSON.stringify(operand)}`);
  const excluded = read
    ? [operands].flat().map((one) => read(one, what))
    : [operand].flat().map(
        (one): Match =>
          (value) =>
            value === one,
      );
  return (value) => value !== undefined && !isObject(value) && !anyOf(excluded)(value);
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...EXCLUSIONS,
  'anything-but': anythingBut,
  numeric,
  cidr,
  exists,
};

const isObject = (value: Json): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const textIn = (operand: Json, what: string): string => {
  if (typeof operand !== 'string') throw new Error(`${what} must be text: ${JSON.stringify(operand)}`);
  return operand;
};
