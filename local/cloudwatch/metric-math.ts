/** A metric math expression at one data point. `read` returns a metric's value at that point, or `ago` points before. */
export type Expression = (read: (name: string, ago: number) => number | undefined) => number | undefined;

const TOKENS = /^(?:\s|IF|DIFF|AND|OR|[a-z]\w*|\d+(?:\.\d+)?|[-+*/()<>,]|[<>=]=)+$/;

/**
 * Parses an expression over named metrics with `IF`, `DIFF`, `AND`, `OR`, comparisons and arithmetic. If a metric has no value,
 * the expression has none. @throws Error for other functions
 */
export const readExpression = (expression: string, names: readonly string[]): Expression => {
  const differences = [...expression.matchAll(/DIFF\((\w+)\)/g)].map(([, name = '']) => name);
  if (!TOKENS.test(expression)) throw new Error(`The local CloudWatch cannot evaluate the expression ${expression}`);
  const script = expression
    .replace(/DIFF\((\w+)\)/g, 'DIFF_$1')
    .replaceAll(' AND ', ' && ')
    .replaceAll(' OR ', ' || ');
  const parameters = [...names, ...differences.map((name) => `DIFF_${name}`)];
  const evaluate = new Function('IF', ...new Set(parameters), `return Number(${script});`);
  return (read) => {
    const values = new Map<string, number>();
    for (const name of names) {
      const now = read(name, 0);
      const before = read(name, 1);
      if (now !== undefined) values.set(name, now);
      if (now !== undefined && before !== undefined) values.set(`DIFF_${name}`, now - before);
    }
    const given = [...new Set(parameters)].map((name) => values.get(name));
    return given.includes(undefined)
      ? undefined
      : evaluate((test: boolean, yes: number, no: number) => (test ? yes : no), ...given);
  };
};
