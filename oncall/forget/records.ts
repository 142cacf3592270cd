import { DeleteItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { Key } from '../../functions/core/facets.ts';
import { HOLDS } from '../../functions/core/hold.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { dynamodbOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

const AT_ONCE = 20;

/** A record of the history, as far as *Erase* may read it. */
export interface ErasableRecord {
  readonly key: Key;
  readonly email: string | undefined;
}

/** The records of these partitions. */
export const recordsIn = async (
  { client }: Pick<Target, 'client'>,
  tableName: string,
  partitions: Iterable<string>,
): Promise<ErasableRecord[]> => {
  const dynamodb = dynamodbOf({ client });
  const records: ErasableRecord[] = [];
  for (const pk of partitions) {
    const query = {
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
      Select: 'SPECIFIC_ATTRIBUTES' as const,
      ProjectionExpression: 'pk, sk, email',
      ConsistentRead: true,
    };
    for await (const { Items = [] } of paginateQuery({ client: dynamodb }, query)) {
      for (const item of Items.map(plainItem)) {
        const { sk, email } = item;
        records.push({ key: { pk, sk: String(sk) }, email: typeof email === 'string' ? email : undefined });
      }
    }
  }
  return records;
};

/** Deletes records of the history. */
export const deleteRecords = async (
  { client }: Pick<Target, 'client'>,
  tableName: string,
  keys: readonly Key[],
): Promise<void> => {
  const dynamodb = dynamodbOf({ client });
  await mapConcurrent(AT_ONCE, keys, async ({ pk, sk }) => {
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } } }));
  });
};

/** The keys of the notes of these users' holds. */
export const notesOfHolds = async (
  { client }: Pick<Target, 'client'>,
  tableName: string,
  users: readonly string[],
): Promise<Key[]> => {
  const dynamodb = dynamodbOf({ client });
  const keys: Key[] = [];
  for (const user of users) {
    const query = {
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :user)',
      ExpressionAttributeValues: { ':pk': { S: HOLDS }, ':user': { S: `${user}#` } },
      Select: 'SPECIFIC_ATTRIBUTES' as const,
      ProjectionExpression: 'pk, sk',
      ConsistentRead: true,
    };
    for await (const { Items = [] } of paginateQuery({ client: dynamodb }, query)) {
      // An id can contain the separator, a time cannot.
      for (const { sk } of Items.map(plainItem))
        if (/^[^#]*$/.test(String(sk).slice(user.length + 1))) keys.push({ pk: HOLDS, sk: String(sk) });
    }
  }
  return keys;
};
