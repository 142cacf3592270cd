import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createStateReader } from '../functions/state-reader.ts';
import type { Target } from './target.ts';

/** A reader of the stack's table, or of its history. */
export const stateReaderOf = ({ client, tableName }: Target, table = tableName) =>
  createStateReader(new DynamoDBClient(client), table);
