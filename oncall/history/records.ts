import { paginateQuery } from '@aws-sdk/client-dynamodb';
import type { StoredItem } from '../../functions/core/state.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { CannotRunError } from '../failure.ts';
import { dynamodbOf } from '../state-reader.ts';
import type { Target } from '../target.ts';

/** @throws CannotRunError if the stack keeps no history */
export const historyTableOf = (target: Target): string => {
  if (target.historyTableName) return target.historyTableName;
  throw new CannotRunError(`This stack keeps no history. ${target.remedy('Set history to true')}`);
};

/**
 * The records of a partition, such as `USER#42`, ordered by item and receipt.
 *
 * @param item the start of the sort keys, such as `LEVEL#plus#`
 * @param consumed called with the read capacity that was consumed
 */
export const recordsUnder = async (
  target: Target,
  pk: string,
  item?: string,
  consumed: (units: number) => void = () => {},
): Promise<StoredItem[]> => {
  const query = {
    TableName: historyTableOf(target),
    KeyConditionExpression: `pk = :pk${item === undefined ? '' : ' AND begins_with(sk, :item)'}`,
    ExpressionAttributeValues: { ':pk': { S: pk }, ...(item !== undefined && { ':item': { S: item } }) },
    ConsistentRead: true,
    ReturnConsumedCapacity: 'TOTAL' as const,
  };
  const records: StoredItem[] = [];
  for await (const { Items = [], ConsumedCapacity } of paginateQuery({ client: dynamodbOf(target) }, query)) {
    records.push(...Items.map(plainItem));
    consumed(ConsumedCapacity?.CapacityUnits ?? 0);
  }
  return records;
};
