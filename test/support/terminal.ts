/** Makes this process believe, until it is disposed of, that standard output is a terminal of this width. */
export const onTerminal = (columns: number): Disposable => {
  const { isTTY, columns: before } = process.stdout;
  Object.assign(process.stdout, { isTTY: true, columns });
  return { [Symbol.dispose]: () => void Object.assign(process.stdout, { isTTY, columns: before }) };
};

/** The lines of a text, with the columns of a table one space apart. */
export const linesOf = (text: string): string[] => text.split('\n').map((line) => line.replace(/ +/g, ' ').trimEnd());

/** The command lines that a text suggests, without the name of the program and of the stack. */
export const suggestedIn = (text: string): string[][] =>
  [...text.matchAll(/npm run oncall -- (.*?) --stack-file \S+/g)].map(([, args = '']) => args.split(' '));
