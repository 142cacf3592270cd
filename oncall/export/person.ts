import { writeFile } from 'node:fs/promises';
import { humanPartition, userPartition } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { recordsUnder } from '../history/records.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

export interface PersonOptions {
  readonly user: string | undefined;
  readonly human: string | undefined;
  /** Default: standard output. */
  readonly out: string | undefined;
}

/** Writes all items and records of a person as JSON. @returns the exit status: 1 if there are none */
export const exportPerson = async (target: Target, { user, human, out }: PersonOptions): Promise<number> => {
  const partitions = [
    ...(user === undefined ? [] : [userPartition(user)]),
    ...(human === undefined ? [] : [humanPartition(human)]),
  ];
  const table = stateReaderOf(target);
  const items = (await Promise.all(partitions.map((pk) => table.under(pk)))).flat();
  const deliveries = target.historyTableName
    ? (await Promise.all(partitions.map((pk) => recordsUnder(target, pk)))).flat()
    : undefined;
  const text = `${JSON.stringify({ exported_at: formatInstant(Date.now()), items, deliveries }, undefined, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else await writeFile(out, text, { flag: 'wx', mode: 0o600 }).catch(explain);
  return items.length + (deliveries?.length ?? 0) > 0 ? EXIT.done : EXIT.problem;
};

const explain = (error: NodeJS.ErrnoException): never => {
  throw new CannotRunError(`The file can't be written: ${error.message}`);
};
