import { wildcard } from '../aws/wildcard.ts';
import type { Properties } from '../template/resolve.ts';
import type { MetricName } from './metrics.ts';

/** A metric filter. `read` returns the metric and its value for a log line, or `undefined` if it does not match. */
export interface MetricFilter {
  readonly logGroup: string;
  read(line: unknown): { readonly metric: MetricName; readonly value: number } | undefined;
}

const CONDITION = /^\$\.([\w.]+) (?:(=|!=|>=|>) (?:"([^"]*)"|(-?\d+(?:\.\d+)?))|(IS TRUE))$/;

/**
 * AWS::Logs::MetricFilter with the JSON patterns that this project uses, such as `{ $.a = "b*" && $.c.d > 0 }`. The metric's
 * value is a number or a field, and its dimensions are fields. @throws Error for other patterns
 */
export const readMetricFilter = ({ LogGroupName, FilterPattern, MetricTransformations }: Properties): MetricFilter => {
  const [{ MetricNamespace, MetricName, MetricValue, Dimensions = [], DefaultValue }] = MetricTransformations;
  const [, body] = /^\{ (.+) \}$/.exec(FilterPattern) ?? [];
  const conditions = body?.split(' && ').map(readCondition);
  if (!conditions || DefaultValue !== undefined)
    throw new Error(`The local CloudWatch does not support the filter pattern ${FilterPattern}, or its default value`);
  const value = (line: unknown) =>
    String(MetricValue).startsWith('$.') ? fieldOf(line, MetricValue.slice(2)) : Number(MetricValue);
  const dimensionsOf = (line: unknown): [string, unknown][] =>
    Dimensions.map(({ Key, Value }: Properties) => [Key, fieldOf(line, Value.slice(2))]);
  return {
    logGroup: LogGroupName,
    read: (line) => {
      const found = conditions.every((holds) => holds(line)) ? value(line) : undefined;
      const dimensions = dimensionsOf(line);
      // CloudWatch Logs publishes a metric only for lines that have all of its dimensions.
      if (typeof found !== 'number' || dimensions.some(([, one]) => one === undefined)) return undefined;
      const named = dimensions.length > 0 && {
        dimensions: Object.fromEntries(dimensions.map(([key, one]) => [key, String(one)])),
      };
      return { metric: { namespace: MetricNamespace, name: MetricName, ...named }, value: found };
    },
  };
};

const readCondition = (text: string): ((line: unknown) => boolean) => {
  const [, path = '', operator, wanted, number, isTrue] = CONDITION.exec(text) ?? [];
  if (isTrue) return (line) => fieldOf(line, path) === true;
  if (operator === undefined) throw new Error(`The local CloudWatch does not support the filter condition ${text}`);
  if (wanted !== undefined) {
    const pattern = wildcard(wanted);
    return (line) => {
      const value = fieldOf(line, path);
      return typeof value === 'string' && pattern.test(value) === (operator === '=');
    };
  }
  const limit = Number(number);
  return (line) => {
    const value = fieldOf(line, path);
    if (typeof value !== 'number') return false;
    if (operator === '=' || operator === '!=') return (value === limit) === (operator === '=');
    return operator === '>' ? value > limit : value >= limit;
  };
};

const fieldOf = (line: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => Object(value)[name], line);
