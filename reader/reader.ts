import * as v from 'valibot';
import { decisive, partsOf } from '../functions/core/comparison.ts';
import { about, EMAIL, humanPartition, isKeyOf, KRAKEN_LEVEL, LEVEL, userPartition } from '../functions/core/facets.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import { type AnyClient, understanding } from './client.ts';
import { createHistoryReader } from './history.ts';
import { CredentialItem, EmailItem, KrakenItem, LevelItem } from './item-schemas.ts';
import type { Credential, Delivery, Email, Level } from './items.ts';

export type { Credential, Delivery, Email, Level };

export interface ReaderSettings {
  /** A `DynamoDBClient` or `DynamoDBDocumentClient`. */
  readonly client: AnyClient;
  /** The output TableName of the receiver. */
  readonly tableName: string | undefined;
  /** The output HistoryTableName of the receiver, for `history` and `asOf`. */
  readonly historyTableName?: string | undefined;
  /** Whether reads are strongly consistent, at twice the price. Default: `false`. */
  readonly consistent?: boolean;
}

export interface ApprovalOptions {
  /** Approvals that are older do not count: for teams that must verify again. Any number above 0; default: no limit. */
  readonly maxAgeDays?: number;
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
  isApproved(userId: string, levels: readonly string[], options?: ApprovalOptions): Promise<boolean>;
  /** What was received about a user, in the order of receipt, the repeated and the stale deliveries too. @throws Error without `historyTableName` */
  history(userId: string): Promise<readonly Delivery[]>;
  /**
   * What had been received about a user by then.
   *
   * @throws Error without `historyTableName`; RangeError if the time is in the future, invalid, or before the history is complete
   */
  asOf(userId: string, time: Date): Promise<User>;
  credentials(humanId: string): Promise<readonly Credential[]>;
}

/** @throws Error if there is no table name, as when an environment variable is not set */
export const createReader = ({ client, tableName, historyTableName, consistent = false }: ReaderSettings): Reader => {
  if (!tableName) throw new Error('createReader: tableName is missing. It is the output TableName of the receiver.');
  const dynamodb = understanding(client);
  const table = createStateReader(dynamodb, tableName, consistent);
  const history = createHistoryReader(dynamodb, historyTableName, consistent);

  const level = async (userId: string, level: string): Promise<Level | undefined> => {
    const item = await table.one(LEVEL.keyOf({ user_id: userId, level }));
    return item && levelsIn([item])[0];
  };

  return {
    user: async (userId) => userIn(await table.under(userPartition(userId))),
    level,
    isApproved: async (userId, levels, { maxAgeDays = Number.POSITIVE_INFINITY } = {}) => {
      if (!(maxAgeDays > 0)) throw new RangeError('isApproved: maxAgeDays must be a number above 0.');
      const known = levelsIn(await table.under(userPartition(userId)));
      const wanted = levels.flatMap(partsOf);
      const since = Date.now() - maxAgeDays * DAY_MS;
      const isGood = (one: Level | undefined) => one?.status === 'approved' && Date.parse(one.timestamp ?? '') >= since;
      return wanted.length > 0 && wanted.every((part) => isGood(decisive(known, part)));
    },
    history: (userId) => history.of(userPartition(userId)),
    asOf: async (userId, time) => userIn(await history.itemsBy(userPartition(userId), time)),
    credentials: async (humanId) => those(CredentialItem, await table.under(humanPartition(humanId))),
  };
};

const DAY_MS = 86_400_000;

const userIn = (items: readonly StoredItem[]): User => {
  const [email] = those(EmailItem, about(EMAIL, items));
  return { levels: levelsIn(items), email };
};

const levelsIn = (items: readonly StoredItem[]): Level[] =>
  about(LEVEL, items).flatMap((item) => {
    const { pk, sk } = item;
    return those(isKeyOf(KRAKEN_LEVEL, { pk: String(pk), sk: String(sk) }) ? KrakenItem : LevelItem, [item]);
  });

const those = <Item>(schema: v.GenericSchema<unknown, Item>, items: readonly StoredItem[]): Item[] =>
  items.flatMap((item) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });
