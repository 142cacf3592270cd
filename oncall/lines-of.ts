import { createReadStream } from 'node:fs';
import { CannotRunError } from './failure.ts';

/** A line of a file, without its end. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

const NEW_LINE = 0x0a;
const BOM = Buffer.from('\uFEFF');

/** The lines of a file of any size, as bytes. @throws CannotRunError if the file can't be read */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  let number = 0;
  let rest: Buffer[] = [];
  const line = (end: Buffer): Line => {
    const bytes = Buffer.concat([...rest, end]);
    rest = [];
    number += 1;
    return { number, bytes: number === 1 && bytes.indexOf(BOM) === 0 ? bytes.subarray(BOM.length) : bytes };
  };
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let to = chunk.indexOf(NEW_LINE); to >= 0; to = chunk.indexOf(NEW_LINE, from)) {
        yield line(chunk.subarray(from, to));
        from = to + 1;
      }
      rest.push(chunk.subarray(from));
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CannotRunError(`${file} can't be read: ${code ?? message}.`);
  }
  yield line(Buffer.alloc(0));
}
