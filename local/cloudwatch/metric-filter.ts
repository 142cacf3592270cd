import type { Properties } from '../template/resolve.ts';
import { wildcard } from '../wildcard.ts';
import type { MetricName } from './metrics.ts';

/** A metric filter. `valueIn` returns the value for a log line, or `undefined` if it does not match. */
export interface MetricFilter {
  readonly logGroup: string;
  readonly metric: MetricName;
  valueIn(line: unknown): number | undefined;
}

const CONDITION = /^\$\.([\w.]+) (=|>=|>) (?:"([^"]*)"|(-?\d+(?:\.\d+)?))$/;

/**
 * AWS::Logs::MetricFilter with the JSON patterns that this project uses, such as `{ $.a = "b*" && $.c.d > 0 }`. The metric's
 * value is a number or a field. @throws Error for other patterns
 */
export const readMetricFilter = ({ LogGroupName, FilterPattern, MetricTransformations }: Properties): MetricFilter => {
  const [{ MetricNamespace, MetricName, MetricValue }] = MetricTransformations;
  const [, body] = /^\{ (.+) \}$/.exec(FilterPattern) ?? [];
  const conditions = body?.split(' && ').map(readCondition);
  if (!conditions) throw new Error(`The local CloudWatch does not support the filter pattern ${FilterPattern}`);
  const value = (line: unknown) =>
    String(MetricValue).startsWith('$.') ? fieldOf(line, MetricValue.slice(2)) : Number(MetricValue);
  return {
    logGroup: LogGroupName,
    metric: { namespace: MetricNamespace, name: MetricName },
    valueIn: (line) => {
      const found = conditions.every((holds) => holds(line)) ? value(line) : undefined;
      return typeof found === 'number' ? found : undefined;
    },
  };
};

const readCondition = (text: string): ((line: unknown) => boolean) => {
  const [, path = '', operator, wanted, number] = CONDITION.exec(text) ?? [];
  if (operator === undefined) throw new Error(`The local CloudWatch does not support the filter condition ${text}`);
  if (wanted !== undefined) {
    const pattern = wildcard(wanted);
    return (line) => {
      const value = fieldOf(line, path);
      return typeof value === 'string' && pattern.test(value);
    };
  }
  const limit = Number(number);
  return (line) => {
    const value = fieldOf(line, path);
    if (typeof value !== 'number') return false;
    return operator === '=' ? value === limit : operator === '>' ? value > limit : value >= limit;
  };
};

const fieldOf = (line: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => Object(value)[name], line);
