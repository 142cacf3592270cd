import { writeFile } from 'node:fs/promises';
import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { isHold } from '../../functions/core/hold.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { partitionsOf } from '../partitions.ts';
import { isPartitionOf } from '../person/person.ts';
import { dynamodbOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { documentOf } from './document.ts';

export interface PersonOptions {
  readonly user: string | undefined;
  readonly human: string | undefined;
  /** Default: standard output. */
  readonly out: string | undefined;
}

/**
 * Writes all items and records of a person as JSON, whatever the spelling of their ids, but no hold.
 *
 * @returns the exit status: 1 if there are none
 */
export const exportPerson = async (target: Target, { user, human, out }: PersonOptions): Promise<number> => {
  const isOwn = isPartitionOf({
    users: user === undefined ? [] : [user],
    humans: human === undefined ? [] : [human],
    addresses: [],
  });
  const allIn = async (table: string): Promise<object[]> => {
    const all: object[] = [];
    for (const pk of await partitionsOf(target, table, isOwn)) {
      const query = {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
      };
      for await (const { Items = [] } of paginateQuery({ client: dynamodbOf(target) }, query))
        all.push(...Items.filter((item) => !isHold(plainItem(item))).map(documentOf));
    }
    return all;
  };
  const items = await allIn(target.tableName);
  const deliveries = target.historyTableName === undefined ? undefined : await allIn(target.historyTableName);
  const text = `${JSON.stringify({ exported_at: formatInstant(Date.now()), items, deliveries }, undefined, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else await writeFile(out, text, { flag: 'wx', mode: 0o600 }).catch(explain);
  return items.length + (deliveries?.length ?? 0) > 0 ? EXIT.done : EXIT.problem;
};

const explain = (error: NodeJS.ErrnoException): never => {
  throw new CannotRunError(`The file can't be written: ${error.message}`);
};
