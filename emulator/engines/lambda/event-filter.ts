import { parseJson } from '../../aws/parse-json.ts';
import { readPattern } from '../eventbridge/pattern.ts';

/** Whether an event source mapping passes a record on to its function. */
export type EventFilter = (record: object) => boolean;

/**
 * The filter of an event source mapping: a record has to match one of its patterns. A pattern for the body of a message is for text or
 * for JSON; a body that is no JSON does not match the latter.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 *
 * @throws Error if a pattern is not valid
 */
export const readFilter = (criteria: { readonly Filters?: readonly { readonly Pattern?: string }[] } = {}): EventFilter => {
  const patterns = (criteria.Filters ?? []).map(({ Pattern = '{}' }) => readPattern(JSON.parse(Pattern)));
  if (patterns.length === 0) return () => true;
  return (record) => {
    const body = parseJson(String(Object(record).body));
    return patterns.some((matches) => matches(record) || (body !== undefined && matches({ ...record, body })));
  };
};
