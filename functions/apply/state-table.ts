import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type Outcome, predictOutcome, type State } from '../core/state.ts';
import { Problem } from '../log.ts';
import { plainItem } from '../plain-item.ts';
import type { Dependencies } from './apply.ts';

// Also true of an item that a team created for its own attributes.
const NO_TIME_YET = 'attribute_not_exists(#as_of)';
const KNOWN_IS_OLDER = '#as_of < :as_of';
const SAME_TIME = '#as_of = :as_of';
const sameTimeAndNoTieBreak = (tieBreak: State['tieBreak']) => `${SAME_TIME} AND attribute_not_exists(#${tieBreak})`;
const sameTimeAndLower = (tieBreak: State['tieBreak']) => `${SAME_TIME} AND #${tieBreak} < :${tieBreak}`;

// AND binds tighter than OR in DynamoDB. No parentheses, because dynalite parses nested ones ten times more slowly.
const conditionFor = ({ tieBreak }: State): string =>
  [NO_TIME_YET, KNOWN_IS_OLDER, sameTimeAndNoTieBreak(tieBreak), sameTimeAndLower(tieBreak)].join(' OR ');

export interface StateTableSettings {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

/**
 * The rule of the table as one conditional write. Attributes that a team adds to an item are preserved.
 * A failed condition is an outcome. Throws if the item contradicts the rule, and on any other DynamoDB error.
 */
export const createStateTable = ({ client, tableName }: StateTableSettings): Dependencies['write'] => {
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

// The item is not older: it is equal, newer, or cannot be compared.
const outcomeOfFailedCondition = (state: State, item: Record<string, AttributeValue> | undefined): Outcome => {
  const outcome = item ? predictOutcome(state, plainItem(item)) : 'stale';
  if (typeof outcome === 'object') throw new Problem(outcome.contradiction);
  // By the core's rule the write should have succeeded: DynamoDB compares differently, so the outcome is unknown.
  if (outcome === 'applied') throw new Problem('the condition failed although the item is not newer');
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
