import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createStateReader } from '../functions/state-reader.ts';
import type { Target } from './target.ts';

const clients = new WeakMap<object, DynamoDBClient>();

/** One client per command: commands that read each user's items would open connections for each. */
export const dynamodbOf = ({ client }: Pick<Target, 'client'>): DynamoDBClient => {
  const known = clients.get(client) ?? new DynamoDBClient(client);
  clients.set(client, known);
  return known;
};

/** A reader of the stack's table, or of its history. */
export const stateReaderOf = (target: Target, table = target.tableName) => createStateReader(dynamodbOf(target), table);
