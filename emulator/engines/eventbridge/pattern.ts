type Json = unknown;

/**
 * Whether an event matches a pattern: for each field of the pattern, one of the listed values must match the event's.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @throws Error for unsupported operators
 */
export const matches = (pattern: Json, event: Json): boolean =>
  Object.entries(Object(pattern)).every(([field, wanted]) => {
    const value = Object(event)[field];
    if (!Array.isArray(wanted)) return matches(wanted, value);
    const values = Array.isArray(value) ? value : [value];
    return wanted.some((one) => values.some((each) => isMatched(one, each)));
  });

const isMatched = (wanted: Json, value: Json): boolean => {
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  const [[operator, operand] = ['nothing', undefined]] = Object.entries(wanted);
  switch (operator) {
    case 'exists':
      return operand === (value !== undefined);
    case 'prefix':
      return typeof value === 'string' && value.startsWith(operand);
    case 'anything-but':
      return value !== undefined && ![operand].flat().includes(value);
    default:
      throw new Error(`The local EventBridge does not support the pattern operator ${operator}`);
  }
};
