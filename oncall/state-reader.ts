import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createStateReader as createReader } from '../functions/state-reader.ts';
import type { Target } from './target.ts';

/** A reader of the stack's table. */
export const createStateReader = ({ client, tableName }: Target) => createReader(new DynamoDBClient(client), tableName);
