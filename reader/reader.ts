import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import { CredentialItem, EmailItem, LevelItem } from './item-schemas.ts';
import type { Credential, Email, Level } from './items.ts';

export type { Credential, Email, Level };

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

/**
 * What the table says. An item that is not as the receiver writes it, because somebody has changed it by hand, is left out.
 * Each method throws what the AWS SDK throws if DynamoDB does not answer.
 */
export interface Reader {
  user(userId: string): Promise<User>;
  /** `undefined` if nothing was heard of it. */
  level(userId: string, level: string): Promise<Level | undefined>;
  /** Whether every one of these levels is approved now. Without any level, `false`. */
  isApproved(userId: string, levels: readonly string[]): Promise<boolean>;
  credentials(humanId: string): Promise<readonly Credential[]>;
}

export const createReader = ({ client, tableName, consistent = false }: ReaderSettings): Reader => {
  const table = createStateReader(client, tableName, consistent);

  const level = async (userId: string, level: string): Promise<Level | undefined> => {
    const item = await table.one({ pk: `USER#${userId}`, sk: `LEVEL#${level}` });
    return item && those(LevelItem, [item])[0];
  };

  return {
    user: async (userId) => {
      const items = Map.groupBy(await table.under(`USER#${userId}`), ({ sk }) => String(sk).split('#')[0]);
      const [email] = those(EmailItem, items.get('EMAIL'));
      return { levels: those(LevelItem, items.get('LEVEL')), email };
    },
    level,
    isApproved: async (userId, levels) => {
      const found = await Promise.all(levels.map((name) => level(userId, name)));
      return found.length > 0 && found.every((one) => one?.status === 'approved');
    },
    credentials: async (humanId) => those(CredentialItem, await table.under(`HUMAN#${humanId}`)),
  };
};

const those = <Item>(schema: v.GenericSchema<unknown, Item>, items: readonly StoredItem[] = []): Item[] =>
  items.flatMap((item) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });
