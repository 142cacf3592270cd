import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { outcomeBeside, type State } from '../core/state.ts';
import type { Surroundings } from './apply.ts';
import { plainItem } from './plain-item.ts';

const NOT_KNOWN_YET = 'attribute_not_exists(pk)';
const KNOWN_IS_OLDER = '#as_of < :as_of';
const sameTimeAndLower = (tieBreak: State['tieBreak']) => `(#as_of = :as_of AND #${tieBreak} < :${tieBreak})`;

export interface StateTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/**
 * The rule of the table as one conditional write. Attributes that a team adds to an item stay as they are.
 * A failed condition is an outcome; everything else that DynamoDB refuses throws.
 */
export const createStateTable = ({ client, tableName }: StateTable): Surroundings['write'] => {
  return async (state) => {
    try {
      await client.send(new UpdateItemCommand(conditionalUpdate(tableName, state)));
      return 'applied';
    } catch (error) {
      // The item is not older, then: it says the same, or something newer.
      if (error instanceof ConditionalCheckFailedException)
        return error.Item ? outcomeBeside(state, plainItem(error.Item)) : 'stale';
      throw error;
    }
  };
};

const conditionalUpdate = (TableName: string, state: State): UpdateItemCommandInput => {
  const attributes = { ...state.attributes, as_of: state.asOf };
  const names = Object.keys(attributes);
  return {
    TableName,
    Key: { pk: { S: state.key.pk }, sk: { S: state.key.sk } },
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: [NOT_KNOWN_YET, KNOWN_IS_OLDER, sameTimeAndLower(state.tieBreak)].join(' OR '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`:${name}`, attributeValue(value)]),
    ),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
};

const attributeValue = (value: string | number): AttributeValue =>
  typeof value === 'number' ? { N: String(value) } : { S: value };
