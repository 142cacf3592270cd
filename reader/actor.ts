import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { actedAttribute } from '../functions/core/acted.ts';
import { partsOf } from '../functions/core/comparison.ts';
import { CHECK_SOURCE } from '../functions/core/event.ts';
import { about, CREDENTIAL, EMAIL, type Key, KRAKEN_LEVEL, LEVEL, userPartition } from '../functions/core/facets.ts';
import { itemKeyOf, parseEvent } from '../functions/core/forwarded.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import { type ActDependencies, actOnce, BusyError } from './act-once.ts';
import { areApproved, levelsIn } from './approval.ts';
import { type AnyClient, understanding } from './client.ts';
import { CredentialItem, EmailItem } from './item-schemas.ts';
import type { ApprovalOptions, Credential, Email, Level } from './items.ts';

export { BusyError };

export interface ActorSettings {
  /** A `DynamoDBClient` or `DynamoDBDocumentClient`. */
  readonly client: AnyClient;
  /** The output TableName of the receiver. */
  readonly tableName: string | undefined;
  /** What acts, such as `unlock`: letters, digits and `_`. Consumers with the same name act once together. */
  readonly name: string;
  /** How long an act may take before another consumer may repeat it. Default: 60. */
  readonly leaseSeconds?: number;
}

/** An event of the receiver, as a Lambda target or a backend gets it. */
export interface AnyEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: object;
}

type Act<What> = (what: What) => Promise<void> | void;

export interface VerifiedHandlers {
  /** All levels are approved, and were not when this was called last. */
  readonly approved: Act<string>;
  /** One of the levels is not approved any more. */
  readonly revoked: Act<string>;
  /** The user's items were deleted. At least once. */
  readonly forgotten?: Act<string>;
}

export interface ChangeHandlers {
  readonly level?: Act<Level>;
  readonly email?: Act<Email>;
  readonly credential?: Act<Credential>;
  /** The item was deleted. At least once. */
  readonly forgotten?: Act<{
    readonly user_id?: string | undefined;
    readonly level?: string | undefined;
    readonly idos_human_id?: string | undefined;
  }>;
}

type EventHandler = (event: AnyEvent) => Promise<void>;

/**
 * Acts on what is true now: exactly once per change, under repeated, late and reordered events and with several consumers at once, and at
 * least once if a process dies between acting and remembering it. What was acted on is remembered in the attribute `acted_` and the name of
 * the item. It needs `grantAct` of the construct.
 */
export interface Actor {
  /** Acts when all of these levels are approved, and when they no longer are. @throws Error if no level is given */
  onVerified(levels: readonly string[], handlers: VerifiedHandlers, options?: ApprovalOptions): EventHandler;
  /** Acts on the current state of each item that changes. */
  onChange(handlers: ChangeHandlers): EventHandler;
}

const REVOKED = 'revoked';
const NAME = /^[A-Za-z]\w{0,40}$/;

/** @throws Error if there is no table name, or the name is not possible */
export const createActor = ({ client, tableName, name, leaseSeconds = 60 }: ActorSettings): Actor => {
  if (!tableName) throw new Error('createActor: tableName is missing. It is the output TableName of the receiver.');
  if (!NAME.test(name)) throw new Error(`createActor: the name is ${JSON.stringify(name)}; it must be letters, digits and _.`);
  const dynamodb = understanding(client);
  const table = createStateReader(dynamodb, tableName);
  const attribute = actedAttribute(name);
  const times = { now: Date.now, leaseMs: leaseSeconds * 1_000 };

  // On condition that the item is there: who was erased is not brought back.
  const replaceAt =
    ({ pk, sk }: Key): ActDependencies['replace'] =>
    async (former, next) => {
      try {
        await dynamodb.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: { pk: { S: pk }, sk: { S: sk } },
            UpdateExpression: 'SET #acted = :next',
            ConditionExpression: `attribute_exists(#pk) AND ${former === undefined ? 'attribute_not_exists(#acted)' : '#acted = :former'}`,
            ExpressionAttributeNames: { '#acted': attribute, '#pk': 'pk' },
            ExpressionAttributeValues: { ':next': { S: next }, ...(former !== undefined && { ':former': { S: former } }) },
          }),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    };

  return {
    onVerified: (levels, { approved, revoked, forgotten }, options = {}) => {
      const wanted = levels.flatMap(partsOf);
      if (wanted.length === 0) throw new Error('onVerified: no level is given.');
      return async (event) => {
        const read = readEvent(event);
        const { user_id: user } = read?.detail ?? {};
        if (user === undefined) return;
        const relevant = async () => {
          const items = about(LEVEL, await table.under(userPartition(user)));
          return { items, own: items.filter(({ level }) => partsOf(String(level)).some((part) => wanted.includes(part))) };
        };
        const { own } = await relevant();
        const anchor = anchorIn(own, attribute, levels);
        if (!anchor) return read?.['detail-type'] === 'forgotten' ? forgotten?.(user) : undefined;
        await actOnce({
          ...times,
          // Of a user who never was approved, nothing is to be revoked.
          initial: REVOKED,
          replace: replaceAt(anchor),
          look: async () => {
            const now = await relevant();
            const item = now.own.find(({ pk, sk }) => pk === anchor.pk && sk === anchor.sk);
            if (!item) return undefined;
            const isApproved = areApproved(levelsIn(now.items), levels, options);
            return {
              memory: memoryIn(item, attribute),
              state: isApproved ? 'approved' : REVOKED,
              act: async () => (isApproved ? approved : revoked)(user),
            };
          },
        });
      };
    },

    onChange: ({ level, email, credential, forgotten }) => {
      const facets = [
        [KRAKEN_LEVEL, (item: StoredItem) => levelsIn([item])[0], level, ['status', 'note']],
        [LEVEL, (item: StoredItem) => levelsIn([item])[0], level, ['status', 'as_of']],
        [EMAIL, (item: StoredItem) => parsed(EmailItem, item), email, ['email']],
        [CREDENTIAL, (item: StoredItem) => parsed(CredentialItem, item), credential, ['as_of']],
      ] as const;
      return async (event) => {
        const read = readEvent(event);
        const key = read && itemKeyOf(read);
        if (!key) return;
        if (read['detail-type'] === 'forgotten' && !(await table.one(key))) return forgotten?.(read.detail);
        await actOnce({
          ...times,
          replace: replaceAt(key),
          look: async () => {
            const item = await table.one(key);
            const [facet] = facets.filter(([of]) => item && about(of, [item]).length > 0);
            if (!item || !facet) return undefined;
            const [, state, handle, deciding] = facet;
            const now = state(item);
            if (!now || !handle) return undefined;
            return {
              memory: memoryIn(item, attribute),
              state: JSON.stringify(deciding.map((one) => item[one] ?? null)),
              act: async () => (handle as Act<typeof now>)(now),
            };
          },
        });
      };
    },
  };
};

/** @returns `undefined` for events of test users, and what is none */
const readEvent = (event: AnyEvent) => {
  const read = parseEvent(JSON.stringify(event));
  return read?.source === CHECK_SOURCE ? undefined : read;
};

/** The item that remembers: the one that already does, that of the first level, or any other. */
const anchorIn = (items: readonly StoredItem[], attribute: string, [first]: readonly string[]): Key | undefined => {
  const item = items.find((one) => one[attribute] !== undefined) ?? items.find(({ level }) => level === first) ?? items[0];
  return item && { pk: String(item.pk), sk: String(item.sk) };
};

const memoryIn = (item: StoredItem, attribute: string): string | undefined => {
  const memory = item[attribute];
  return typeof memory === 'string' ? memory : undefined;
};

const parsed = <Item>(schema: v.GenericSchema<unknown, Item>, item: StoredItem): Item | undefined => {
  const read = v.safeParse(schema, item);
  return read.success ? read.output : undefined;
};
