/** An expression of metric math at one point in time. `read` gives a metric's value at that point, or at the one `ago` before. */
export type Expression = (read: (name: string, ago: number) => number | undefined) => number | undefined;

const TOKENS = /^(?:\s|IF|DIFF|AND|OR|[a-z]\w*|\d+(?:\.\d+)?|[-+*/()<>,]|[<>=]=)+$/;

/**
 * Reads an expression over named metrics, with `IF`, `DIFF`, `AND`, `OR`, comparisons and sums. Where a metric has no value, neither
 * has the expression. @throws Error for any other function
 */
export const readExpression = (expression: string, names: readonly string[]): Expression => {
  const differences = [...expression.matchAll(/DIFF\((\w+)\)/g)].map(([, name = '']) => name);
  if (!TOKENS.test(expression)) throw new Error(`The local CloudWatch can not evaluate the expression ${expression}`);
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
