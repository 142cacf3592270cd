import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CannotRunError } from '../failure.ts';
import { doubtAbout, problemOf } from './form.ts';

// Longer than any token, and shorter than a file chosen by mistake.
const AT_MOST_BYTES = 4_096;

/**
 * Reads a token from a file, from a terminal without showing it, or from standard input. Warns if it is unlike Fractal's.
 *
 * @throws CannotRunError that does not contain the input, if it can't be a token
 */
export const readToken = async (type: string, file: string | undefined): Promise<string> => {
  const text =
    file !== undefined
      ? await inFile(file)
      : process.stdin.isTTY
        ? await askHidden(`Token for ${type} (it is not shown): `, process.stdin, process.stderr)
        : await rest(process.stdin);
  // Editors, and echo, end a file with a line break.
  const token = text.replace(/\r?\n$/, '');
  const problem = problemOf(token);
  if (problem) throw new CannotRunError(`This is not a token: ${problem}. Nothing was written.`);
  const doubt = doubtAbout(token);
  if (doubt) console.error(`warning: ${doubt}`);
  return token;
};

const tooLong = (): never => {
  throw new CannotRunError(`This is not a token: it is longer than ${AT_MOST_BYTES} bytes. Nothing was written.`);
};

const inFile = async (file: string): Promise<string> => {
  try {
    if ((await stat(file)).size > AT_MOST_BYTES) tooLong();
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CannotRunError) throw error;
    throw new CannotRunError(`${file} can't be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
};

const rest = async (input: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > AT_MOST_BYTES) tooLong();
  }
  return Buffer.concat(chunks).toString();
};

/** Asks for a line in a terminal without showing what is typed. */
export const askHidden = async (
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string> => {
  // Stryker disable next-line ArrowFunction: readline does not wait for its output.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // It switches the echo of the terminal off, so it comes before the question.
  const prompt = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  output.write(question);
  const line = await new Promise<string | undefined>((resolve) => {
    prompt.once('line', resolve);
    // Stryker disable next-line StringLiteral: otherwise readline closes, which has the same result.
    prompt.once('SIGINT', () => resolve(undefined));
    prompt.once('close', () => resolve(undefined));
  });
  prompt.close();
  output.write('\n');
  if (line === undefined) throw new CannotRunError('Canceled. Nothing was written.');
  return line;
};
