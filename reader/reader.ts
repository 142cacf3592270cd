import * as v from 'valibot';
import {
  about,
  EMAIL,
  humanPartition,
  isKeyOf,
  KRAKEN_LEVEL,
  LEVEL,
  STATUS_RANK,
  userPartition,
} from '../functions/core/facets.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import { type AnyClient, understanding } from './client.ts';
import { CredentialItem, EmailItem, KrakenItem, LevelItem } from './item-schemas.ts';
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
  /**
   * Whether all of these levels are approved now. `false` for an empty list. Fractal may join levels (`basic+liveness`): for each
   * level, the newest item that has it decides; of items with the same time, the stricter one.
   */
  isApproved(userId: string, levels: readonly string[]): Promise<boolean>;
  credentials(humanId: string): Promise<readonly Credential[]>;
}

/** @throws Error if there is no table name, as when an environment variable is not set */
export const createReader = ({ client, tableName, consistent = false }: ReaderSettings): Reader => {
  if (!tableName) throw new Error('createReader: tableName is missing. It is the output TableName of the receiver.');
  const table = createStateReader(understanding(client), tableName, consistent);

  const level = async (userId: string, level: string): Promise<Level | undefined> => {
    const item = await table.one(LEVEL.keyOf({ user_id: userId, level }));
    return item && levelsIn([item])[0];
  };

  return {
    user: async (userId) => {
      const items = await table.under(userPartition(userId));
      const [email] = those(EmailItem, about(EMAIL, items));
      return { levels: levelsIn(items), email };
    },
    level,
    isApproved: async (userId, levels) => {
      const known = levelsIn(await table.under(userPartition(userId)));
      const wanted = levels.flatMap(partsOf);
      return wanted.length > 0 && wanted.every((part) => decisive(known, part)?.status === 'approved');
    },
    credentials: async (humanId) => those(CredentialItem, await table.under(humanPartition(humanId))),
  };
};

const levelsIn = (items: readonly StoredItem[]): Level[] =>
  about(LEVEL, items).flatMap((item) => {
    const { pk, sk } = item;
    return those(isKeyOf(KRAKEN_LEVEL, { pk: String(pk), sk: String(sk) }) ? KrakenItem : LevelItem, [item]);
  });

/** The levels that are joined in one, as in `basic+liveness`. */
const partsOf = (level: string): string[] => level.split('+');

/** The item that decides about a level: the newest that has it, and of these the stricter one. */
const decisive = (items: readonly Level[], part: string): Level | undefined =>
  items
    .filter(({ level }) => partsOf(level).includes(part))
    .sort((a, b) => b.as_of - a.as_of || STATUS_RANK[b.status] - STATUS_RANK[a.status])[0];

const those = <Item>(schema: v.GenericSchema<unknown, Item>, items: readonly StoredItem[]): Item[] =>
  items.flatMap((item) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });
