import { stringify } from 'csv-stringify/sync';
import { about, LEVEL, type Status } from '../../functions/core/facets.ts';
import { toAsciiJson } from '../../functions/core/json.ts';
import { itemsAsOf } from '../../functions/core/record.ts';
import { identityOf, type StoredItem } from '../../functions/core/state.ts';
import { isTestUser } from '../../functions/core/test-user.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { requireComplete } from '../history/complete.ts';
import { recordsUnder } from '../history/records.ts';
import { scan } from '../scan.ts';
import type { Target } from '../target.ts';
import { type Output, toFile, toStandardOutput } from './output.ts';
import { createReadUnits } from './read-units.ts';

const AT_ONCE = 20;

export interface StatesOptions {
  readonly level?: string;
  readonly status?: Status;
  /** Epoch milliseconds. */
  readonly asOf?: number;
  /** Epoch milliseconds. */
  readonly approvedBefore?: number;
  readonly format: 'csv' | 'jsonl';
  readonly out?: string;
  /** Per second. */
  readonly readUnits: number;
}

const COLUMNS = ['user_id', 'level', 'status', 'timestamp'] as const;

/**
 * Writes the states of levels, of all users, as rows. An export to a file that was interrupted is continued.
 *
 * @returns the exit status: 1 if there are no rows
 */
export const exportStates = async (target: Target, options: StatesOptions): Promise<number> => {
  const { level, status, asOf, approvedBefore, format, out, readUnits } = options;
  if (asOf !== undefined) await requireComplete(target, asOf);
  const isWanted = (item: StoredItem): boolean =>
    (level === undefined || item.level === level) &&
    (status === undefined || item.status === status) &&
    (approvedBefore === undefined || (item.status === 'approved' && Date.parse(String(item.timestamp)) < approvedBefore));

  const interrupted = new AbortController();
  using _ = finishFirst('the current page is written', () => interrupted.abort());
  const query = JSON.stringify({ table: target.tableName, level, status, asOf, approvedBefore, format });
  const head = format === 'csv' ? stringify([COLUMNS as unknown as string[]]) : '';
  const output: Output = out === undefined ? toStandardOutput(head) : await toFile(out, head, query);
  const units = createReadUnits(readUnits);
  let rows = output.rows;

  const itemAt = async (item: StoredItem): Promise<StoredItem | undefined> => {
    if (asOf === undefined) return item;
    const { pk, sk } = item;
    await units.before();
    const records = await recordsUnder(target, String(pk), `${sk}#`, units.consumed);
    return itemsAsOf(records, asOf).get(identityOf({ key: { pk: String(pk), sk: String(sk) } }));
  };

  try {
    await scan(
      target,
      { TableName: target.tableName, ReturnConsumedCapacity: 'TOTAL', ...filterOf(options) },
      async ({ items, segment, next }) => {
        const found: StoredItem[] = [];
        const levels = about(LEVEL, items).filter(({ pk, as_of }) => typeof as_of === 'number' && !isTestUser(String(pk)));
        await mapConcurrent(AT_ONCE, levels, async (item) => {
          const then = await itemAt(item);
          if (then && isWanted(then)) found.push(then);
        });
        rows += found.length;
        await output.add(found.map(rowIn[format]), segment, next);
      },
      { stopping: interrupted.signal, from: output.from, ...units },
    );
    await output.complete();
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new CannotRunError(
      out === undefined ? 'Interrupted.' : `Interrupted. Repeat the command to continue with ${visible(out)}.`,
    );
  } finally {
    await output.close();
  }
  console.error(`${count(rows, 'state')}${out === undefined ? '' : ` in ${visible(out)}`}.`);
  return rows > 0 ? EXIT.done : EXIT.problem;
};

/** What DynamoDB leaves out, so that less is sent. What a status was at a time, only the history tells. */
const filterOf = ({ level, status, asOf }: StatesOptions): object => {
  const equal = { ...(level !== undefined && { level }), ...(status !== undefined && asOf === undefined && { status }) };
  const names = Object.entries(equal);
  return {
    FilterExpression: ['begins_with(sk, :levels)', ...names.map(([name]) => `#${name} = :${name}`)].join(' AND '),
    ExpressionAttributeValues: {
      ':levels': { S: LEVEL.sort },
      ...Object.fromEntries(names.map(([name, value]) => [`:${name}`, { S: value }])),
    },
    ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names.map(([name]) => [`#${name}`, name])) }),
  };
};

const cellsOf = (item: StoredItem): string[] => COLUMNS.map((name) => String(item[name] ?? ''));

const rowIn: Readonly<Record<StatesOptions['format'], (item: StoredItem) => string>> = {
  // A spreadsheet runs a cell that starts with = as a formula.
  csv: (item) => stringify([cellsOf(item)], { escape_formulas: true }),
  jsonl: (item) => `${toAsciiJson(Object.fromEntries(COLUMNS.map((name) => [name, item[name] ?? null])))}\n`,
};
