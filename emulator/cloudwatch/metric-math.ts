/** A metric math expression at one data point. `read` returns a metric's value at that point, or `ago` points before. */
export type Expression = (read: (name: string, ago: number) => number | undefined) => number | undefined;

const TOKENS = /^(?:\s|IF|DIFF|FILL|AND|OR|[a-z]\w*|\d+(?:\.\d+)?|[-+*/()<>,]|[<>=]=)+$/;

/**
 * Parses an expression over named metrics with `IF`, `DIFF`, `FILL` with a number, `AND`, `OR`, comparisons and arithmetic. If a
 * metric has no value and is not filled, the expression has none. @throws Error for other functions
 */
export const readExpression = (expression: string, names: readonly string[]): Expression => {
  const filled = new Map([...expression.matchAll(/FILL\((\w+), (\d+)\)/g)].map(([, name = '', value]) => [name, Number(value)]));
  if (!TOKENS.test(expression)) throw new Error(`The local CloudWatch cannot evaluate the expression ${expression}`);
  const script = expression
    .replace(/DIFF\((\w+)\)/g, 'DIFF_$1')
    .replace(/FILL\((\w+), \d+\)/g, 'FILL_$1')
    .replaceAll(' AND ', ' && ')
    .replaceAll(' OR ', ' || ');
  const parameters = names
    .flatMap((name) => [name, `DIFF_${name}`, `FILL_${name}`])
    .filter((parameter) => new RegExp(`\\b${parameter}\\b`).test(script));
  const evaluate = new Function('IF', ...parameters, `return Number(${script});`);
  return (read) => {
    const values = new Map<string, number | undefined>();
    for (const name of names) {
      const now = read(name, 0);
      const before = read(name, 1);
      values.set(name, now);
      values.set(`FILL_${name}`, now ?? filled.get(name));
      if (now !== undefined && before !== undefined) values.set(`DIFF_${name}`, now - before);
    }
    const given = parameters.map((name) => values.get(name));
    return given.includes(undefined)
      ? undefined
      : evaluate((test: boolean, yes: number, no: number) => (test ? yes : no), ...given);
  };
};
