import * as v from 'valibot';
import { about, EMAIL, humanPartition, LEVEL, userPartition } from '../functions/core/facets.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import { areApproved, levelsIn } from './approval.ts';
import { type AnyClient, understanding } from './client.ts';
import { createHistoryReader } from './history.ts';
import { CredentialItem, EmailItem } from './item-schemas.ts';
import type { ApprovalOptions, Credential, Delivery, Email, Level } from './items.ts';

export {
  type Actor,
  type ActorSettings,
  type AnyEvent,
  BusyError,
  type ChangeHandlers,
  createActor,
  type VerifiedHandlers,
} from './actor.ts';
export type { ApprovalOptions, Credential, Delivery, Email, Level };

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
    isApproved: async (userId, levels, options) =>
      areApproved(levelsIn(await table.under(userPartition(userId))), levels, options),
    history: (userId) => history.of(userPartition(userId)),
    asOf: async (userId, time) => userIn(await history.itemsBy(userPartition(userId), time)),
    credentials: async (humanId) => those(CredentialItem, await table.under(humanPartition(humanId))),
  };
};

const userIn = (items: readonly StoredItem[]): User => {
  const [email] = those(EmailItem, about(EMAIL, items));
  return { levels: levelsIn(items), email };
};

const those = <Item>(schema: v.GenericSchema<unknown, Item>, items: readonly StoredItem[]): Item[] =>
  items.flatMap((item) => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? [parsed.output] : [];
  });
