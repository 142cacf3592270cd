import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Outcome, outcomeBeside, type State } from '../core/state.ts';
import { Problem } from '../log.ts';
import { plainItem } from '../plain-item.ts';
import type { Dependencies } from './apply.ts';

// Also of an item that a team made to keep something of its own.
const NO_TIME_YET = 'attribute_not_exists(#as_of)';
const KNOWN_IS_OLDER = '#as_of < :as_of';
const SAME_TIME = '#as_of = :as_of';
const sameTimeAndNoTieBreak = (tieBreak: State['tieBreak']) => `${SAME_TIME} AND attribute_not_exists(#${tieBreak})`;
const sameTimeAndLower = (tieBreak: State['tieBreak']) => `${SAME_TIME} AND #${tieBreak} < :${tieBreak}`;

// DynamoDB evaluates AND before OR. Without parentheses, since dynalite takes ten times as long to read nested ones.
const conditionFor = ({ tieBreak }: State): string =>
  [NO_TIME_YET, KNOWN_IS_OLDER, sameTimeAndNoTieBreak(tieBreak), sameTimeAndLower(tieBreak)].join(' OR ');

export interface StateTable {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/**
 * The rule of the table as one conditional write. Attributes that a team adds to an item stay as they are.
 * A failed condition is an outcome, unless the item contradicts the rule: that throws, as does everything else that DynamoDB refuses.
 */
export const createStateTable = ({ client, tableName }: StateTable): Dependencies['write'] => {
  return async (state) => {
    try {
      await client.send(new UpdateItemCommand(conditionalUpdate(tableName, state)));
      return 'applied';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return outcomeOfFailedCondition(state, error.Item);
    }
  };
};

// The item is not older, then: it says the same, or something newer, or nothing that can be compared.
const outcomeOfFailedCondition = (state: State, item: Record<string, AttributeValue> | undefined): Outcome => {
  const outcome = item ? outcomeBeside(state, plainItem(item)) : 'stale';
  if (typeof outcome === 'object') throw new Problem(outcome.contradiction);
  // The core would have written: then DynamoDB compares in another way, and nothing is known.
  if (outcome === 'applied') throw new Problem('the condition failed on an item that knows nothing newer');
  return outcome;
};

const conditionalUpdate = (TableName: string, state: State): UpdateItemCommandInput => {
  const attributes = { ...state.attributes, as_of: state.asOf };
  const names = Object.keys(attributes);
  return {
    TableName,
    Key: { pk: { S: state.key.pk }, sk: { S: state.key.sk } },
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: conditionFor(state),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`:${name}`, attributeValue(value)]),
    ),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
};

const attributeValue = (value: string | number): AttributeValue =>
  typeof value === 'number' ? { N: String(value) } : { S: value };
