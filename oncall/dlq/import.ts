import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CannotRunError, EXIT } from '../failure.ts';
import type { Target } from '../target.ts';
import { createDeadLetterQueue } from './dead-letter-queue.ts';

const LineSchema = v.pipe(v.string(), v.parseJson(), v.object({ body: v.pipe(v.string(), v.nonEmpty()) }));

/** Puts what `dlq drop` wrote to a file back on the dead-letter queue. @throws CannotRunError if the file is not all of that kind */
export const importLetters = async (target: Target, file: string): Promise<number> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotRunError(`${file} can't be read: ${error.code}.`);
  });
  const bodies = text.split('\n').flatMap((line, index) => {
    if (line === '') return [];
    const parsed = v.safeParse(LineSchema, line);
    if (!parsed.success)
      throw new CannotRunError(`Line ${index + 1} of ${file} is not one that dlq drop wrote. Nothing was put back.`);
    return [parsed.output.body];
  });
  const queue = createDeadLetterQueue(target);
  for (const body of bodies) await queue.put(body);
  console.log(`${bodies.length} put back on the dead-letter queue.`);
  return EXIT.done;
};
