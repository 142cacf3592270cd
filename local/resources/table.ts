import { CreateTableCommand, type DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { ACCOUNT_ID, physicalName, REGION } from '../account.ts';
import type { Creator } from '../template/resolve.ts';

/** AWS::DynamoDB::Table. Point-in-time recovery and deletion protection have no counterpart in the engines. */
export const createTable =
  (dynamodb: DynamoDBClient, stackName: string): Creator =>
  async (logicalId, { AttributeDefinitions, KeySchema, BillingMode }) => {
    const TableName = physicalName(stackName, logicalId);
    try {
      await dynamodb.send(new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode }));
    } catch (error) {
      // Kept from an earlier run.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
    return { ref: TableName, attributes: { Arn: `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TableName}` } };
  };
