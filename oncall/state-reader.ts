import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createStateReader } from '../functions/state-reader.ts';
import type { Target } from './target.ts';

/** A reader of the stack's table. */
export const stateReaderOf = ({ client, tableName }: Target) => createStateReader(new DynamoDBClient(client), tableName);
