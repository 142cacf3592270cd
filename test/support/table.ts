import { CreateTableCommand, DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { Service } from '../../emulator/aws/request.ts';
import { startEndpoint } from '../../emulator/endpoint/endpoint.ts';
import { startDynalite } from '../../emulator/engines/dynamodb/dynalite.ts';
import { startDynamoDbLocal } from '../../emulator/engines/dynamodb/dynamodb-local.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { localClient } from './local-client.ts';

const START = { dynalite: startDynalite, amazon: startDynamoDbLocal };

/**
 * The two tables of a stack, with their keys, on one of the engines, behind the local endpoint.
 *
 * @param around wraps every call to DynamoDB
 */
export const startTable = async (engine: keyof typeof START, around: (serve: Service) => Service = (serve) => serve) => {
  const running = new AsyncDisposableStack();
  const endpoint = await startEndpoint();
  running.defer(() => endpoint.stop());
  const dynamodb = await START[engine](undefined);
  running.defer(() => dynamodb.stop());
  endpoint.services.set('dynamodb', around(dynamodb.serve));
  const client = new DynamoDBClient(localClient(endpoint.url));
  const tableName = 'states';
  const historyTableName = 'history';
  for (const TableName of [tableName, historyTableName]) {
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
  return {
    client,
    tableName,
    historyTableName,
    url: endpoint.url,
    /** Of the endpoint, so that others can be added. */
    services: endpoint.services,
    /** The items with this partition key as plain values, ordered by sort key. */
    items: async (pk: string, TableName = tableName): Promise<StoredItem[]> => {
      const query = {
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
      };
      const found: StoredItem[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        found.push(...Items.map(plainItem));
      }
      return found;
    },
    stop: () => running.disposeAsync(),
  };
};
