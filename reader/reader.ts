import * as v from 'valibot';
import { about, EMAIL, humanPartition, LEVEL, userPartition } from '../functions/core/facets.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import { type AnyClient, understanding } from './client.ts';
import { CredentialItem, EmailItem, LevelItem } from './item-schemas.ts';
import type { Credential, Email, Level } from './items.ts';

export type { Credential, Email, Level };

export interface ReaderSettings {
  /** A `DynamoDBClient` or `DynamoDBDocumentClient`. */
  readonly client: AnyClient;
  /** The output TableName of the receiver. */
  readonly tableName: string | undefined;
  /** Whether reads are strongly consistent, at twice the price. Default: `false`. */
  readonly consistent?: boolean;
}

/** All state of a user. */
export interface User {
  readonly levels: readonly Level[];
  readonly email: Email | undefined;
}

/**
 * Reads the table. Items that were edited by hand and no longer have the receiver's form are left out.
 * If DynamoDB does not answer, methods throw the error of the AWS SDK.
 */
export interface Reader {
  user(userId: string): Promise<User>;
  /** `undefined` if there was no notification about it. */
  level(userId: string, level: string): Promise<Level | undefined>;
  /** Whether all of these levels are approved now. `false` for an empty list. */
  isApproved(userId: string, levels: readonly string[]): Promise<boolean>;
  credentials(humanId: string): Promise<readonly Credential[]>;
}

/** @throws Error if there is no table name, as when an environment variable is not set */
export const createReader = ({ client, tableName, consistent = false }: ReaderSettings): Reader => {
  if (!tableName) throw new Error('createReader: tableName is missing. It is the output TableName of the receiver.');
  const table = createStateReader(understanding(client), tableName, consistent);

  const level = async (userId: string, level: string): Promise<Level | undefined> => {
    const item = await table.one(LEVEL.keyOf({ user_id: userId, level }));
    return item && those(LevelItem, [item])[0];
  };

  return {
    user: async (userId) => {
      const items = await table.under(userPartition(userId));
      const [email] = those(EmailItem, about(EMAIL, items));
      return { levels: those(LevelItem, about(LEVEL, items)), email };
    },
    level,
    isApproved: async (userId, levels) => {
      const found = await Promise.all(levels.map((name) => level(userId, name)));
      return found.length > 0 && found.every((one) => one?.status === 'approved');
    },
    credentials: async (humanId) => those(CredentialItem, await table.under(humanPartition(humanId))),
  };
};

const those = <Item>(schema: v.GenericSchema<unknown, Item>, items: readonly StoredItem[]): Item[] =>
  items.flatMap((item) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });
