import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { isContested, isMarkMissing, type Mark, outcomeByOrder, type State } from '../core/state.ts';
import { Problem } from '../log.ts';
import { attributeOf, plainItem } from '../plain-item.ts';
import type { Dependencies } from './apply.ts';

type TieBreak = State['tieBreaks'][number];

// Also true of an item that a team created for its own attributes.
const NO_TIME_YET = 'attribute_not_exists(#as_of)';
const KNOWN_IS_OLDER = '#as_of < :as_of';
const SAME_TIME = '#as_of = :as_of';
const noTieBreak = (tieBreak: TieBreak) => `attribute_not_exists(#${tieBreak})`;
const lower = (tieBreak: TieBreak) => `#${tieBreak} < :${tieBreak}`;
const same = (tieBreak: TieBreak) => `#${tieBreak} = :${tieBreak}`;

// AND binds tighter than OR in DynamoDB. No parentheses, because dynalite parses nested ones ten times more slowly.
const conditionFor = ({ tieBreaks }: State): string =>
  [
    NO_TIME_YET,
    KNOWN_IS_OLDER,
    ...tieBreaks.flatMap((tieBreak, index) => {
      const before = [SAME_TIME, ...tieBreaks.slice(0, index).map(same)].join(' AND ');
      return [`${before} AND ${noTieBreak(tieBreak)}`, `${before} AND ${lower(tieBreak)}`];
    }),
  ].join(' OR ');

// Only an item with a state is marked: one that was deleted in the meantime must not come back.
const markIsMissing = (keeps: Mark['keeps']): string =>
  `attribute_exists(#as_of) AND attribute_not_exists(#mark) OR #mark ${keeps === 'latest' ? '<' : '>'} :mark`;

export interface StateTableSettings {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}

type Item = Record<string, AttributeValue> | undefined;

/**
 * The rule of the table as one conditional write. Attributes that a team adds to an item are preserved.
 * A failed condition is an outcome. The times of receipt that an item lacks afterwards are written one by one.
 * Throws if the item contradicts the rule, and on any other DynamoDB error.
 */
export const createStateTable = ({ client, tableName }: StateTableSettings): Dependencies['write'] => {
  /** @returns the item as it is after the write, or as it failed the condition */
  const update = async (input: Update): Promise<{ readonly done: boolean; readonly item: Item }> => {
    const command = { TableName: tableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const, ...input };
    try {
      const { Attributes: item } = await client.send(new UpdateItemCommand(command));
      return { done: true, item };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { done: false, item: error.Item };
    }
  };

  return async (state, others = []) => {
    if (state.asksNothing) return { outcome: 'unchanged', contested: false };
    const { done, item } = await update(conditionalUpdate(state));
    const outcome = done ? 'applied' : outcomeOfFailedCondition(state, item);
    if (!state.mark) return { outcome, contested: false };
    let now = item && plainItem(item);
    for (const mark of [state, ...others].flatMap((one) => one.mark ?? [])) {
      if (now && isMarkMissing(mark, now)) {
        const marked = await update(markUpdate(state.key, mark));
        now = marked.item && plainItem(marked.item);
      }
    }
    if (!now) throw new Problem('the item was deleted in the meantime');
    const contested = isContested(now);
    return { outcome: contested && !done ? 'contested' : outcome, contested };
  };
};

// The item is not older: it is equal, newer, or cannot be compared.
const outcomeOfFailedCondition = (state: State, item: Item): 'duplicate' | 'stale' => {
  const outcome = item ? outcomeByOrder(state, plainItem(item)) : 'stale';
  if (typeof outcome === 'object') throw new Problem(outcome.contradiction);
  // By the core's rule the write should have succeeded: DynamoDB compares differently, so the outcome is unknown.
  if (outcome === 'applied') throw new Problem('the condition failed although the item is not newer');
  return outcome;
};

type Update = Omit<UpdateItemCommandInput, 'TableName'>;

const conditionalUpdate = (state: State): Update => {
  const { key, mark, without } = state;
  const attributes = Object.entries({ ...state.attributes, as_of: state.asOf });
  const set = attributes.map(([name]) => `#${name} = :${name}`);
  const remove = without.map((name) => `#${name}`);
  return {
    Key: keyOf(key),
    UpdateExpression: [
      `SET ${[...set, ...(mark ? ['#mark = if_not_exists(#mark, :mark)'] : [])].join(', ')}`,
      ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: conditionFor(state),
    ExpressionAttributeNames: {
      ...Object.fromEntries([...attributes.map(([name]) => name), ...without].map((name) => [`#${name}`, name])),
      ...(mark && { '#mark': mark.attribute }),
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, attributeOf(value)])),
      ...(mark && { ':mark': attributeOf(mark.at) }),
    },
    ...(mark && { ReturnValues: 'ALL_NEW' }),
  };
};

const markUpdate = (key: State['key'], { attribute, keeps, at }: Mark): Update => ({
  Key: keyOf(key),
  UpdateExpression: 'SET #mark = :mark',
  ConditionExpression: markIsMissing(keeps),
  ExpressionAttributeNames: { '#as_of': 'as_of', '#mark': attribute },
  ExpressionAttributeValues: { ':mark': attributeOf(at) },
  ReturnValues: 'ALL_NEW',
});

const keyOf = ({ pk, sk }: State['key']): Record<string, AttributeValue> => ({ pk: { S: pk }, sk: { S: sk } });
