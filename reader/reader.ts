import { BatchGetItemCommand, type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { StoredItem } from '../functions/core/state.ts';
import { plainItem } from '../functions/plain-item.ts';
import { type Credential, CredentialItem, type Email, EmailItem, type Level, LevelItem } from './items.ts';

export interface ReaderSettings {
  readonly client: DynamoDBClient;
  /** The output TableName of the receiver. */
  readonly tableName: string;
  /** Whether every read sees what was written just before, for twice the price; `false` by default. */
  readonly consistent?: boolean;
}

/** All that the table knows of a user. */
export interface User {
  readonly levels: readonly Level[];
  readonly email: Email | undefined;
}

/** What a team reads of the table. An item that is not as the receiver writes it, for somebody has changed it by hand, is never returned. */
export interface Reader {
  /** @throws Error of the AWS SDK if DynamoDB does not answer, as the others do */
  user(userId: string): Promise<User>;
  /** `undefined` if nothing was heard of it. */
  level(userId: string, level: string): Promise<Level | undefined>;
  /** Whether each of these levels is approved now; of no level at all, `false`. */
  isApproved(userId: string, levels: readonly string[]): Promise<boolean>;
  credentials(humanId: string): Promise<readonly Credential[]>;
}

/** AWS: BatchGetItem takes a hundred keys. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_PER_CALL = 100;

export const createReader = ({ client, tableName, consistent = false }: ReaderSettings): Reader => {
  const reading = { TableName: tableName, ConsistentRead: consistent };

  const under = async (pk: string): Promise<StoredItem[]> => {
    const items: StoredItem[] = [];
    const query = { ...reading, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: pk } } };
    for await (const { Items = [] } of paginateQuery({ client }, query)) items.push(...Items.map(plainItem));
    return items;
  };

  const levelsOf = async (userId: string, levels: readonly string[]): Promise<Level[]> => {
    const items: StoredItem[] = [];
    for (let first = 0; first < levels.length; first += KEYS_PER_CALL) {
      let Keys = levels.slice(first, first + KEYS_PER_CALL).map((level) => levelKey(userId, level));
      while (Keys.length > 0) {
        const RequestItems = { [tableName]: { Keys, ConsistentRead: consistent } };
        const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
        items.push(...(Responses?.[tableName] ?? []).map(plainItem));
        Keys = (UnprocessedKeys?.[tableName]?.Keys ?? []) as typeof Keys;
      }
    }
    return those(LevelItem, items);
  };

  return {
    user: async (userId) => {
      const items = await under(`USER#${userId}`);
      const [email] = those(
        EmailItem,
        items.filter(({ sk }) => sk === 'EMAIL'),
      );
      return {
        levels: those(
          LevelItem,
          items.filter(({ sk }) => String(sk).startsWith('LEVEL#')),
        ),
        email,
      };
    },
    level: async (userId, level) => {
      const { Item } = await client.send(new GetItemCommand({ ...reading, Key: levelKey(userId, level) }));
      return Item && those(LevelItem, [plainItem(Item)])[0];
    },
    isApproved: async (userId, levels) => {
      const wanted = new Set(levels);
      const found = await levelsOf(userId, [...wanted]);
      return wanted.size > 0 && found.filter(({ status }) => status === 'approved').length === wanted.size;
    },
    credentials: async (humanId) => those(CredentialItem, await under(`HUMAN#${humanId}`)),
  };
};

const levelKey = (userId: string, level: string) => ({ pk: { S: `USER#${userId}` }, sk: { S: `LEVEL#${level}` } });

const those = <Schema extends v.GenericSchema>(schema: Schema, items: readonly StoredItem[]): v.InferOutput<Schema>[] =>
  items.flatMap((item) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });
