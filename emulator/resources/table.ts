import { CreateTableCommand, type DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { ACCOUNT_ID, physicalName, REGION } from '../aws/account.ts';
import type { TableStreams } from '../engines/dynamodb/table-stream.ts';
import type { Creator } from '../template/resolve.ts';

/** AWS::DynamoDB::Table, without point-in-time recovery and deletion protection. */
export const createTable =
  (dynamodb: DynamoDBClient, streams: TableStreams, stackName: string): Creator =>
  async (logicalId, { TableName = physicalName(stackName, logicalId), StreamSpecification, ...properties }) => {
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
    try {
      await dynamodb.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions,
          KeySchema,
          GlobalSecondaryIndexes,
          LocalSecondaryIndexes,
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
    } catch (error) {
      // The table exists from an earlier run.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
    if (StreamSpecification)
      await streams.watch(
        TableName,
        KeySchema.map((part: { AttributeName: string }) => part.AttributeName),
      );
    const Arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TableName}`;
    return { ref: TableName, attributes: { Arn, StreamArn: `${Arn}/stream/local` } };
  };
