import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

/** The table in moto, with what teams do with it: read items and add attributes. */
export const createTable = (dynamodb: DynamoDBClient, TableName: string) => {
  const keyOf = (user: string, sk: string) => ({ pk: { S: `USER#${user}` }, sk: { S: sk } });
  return {
    /** An item of a user, by default of the level `basic`. */
    item: async (user: string, sk = 'LEVEL#basic'): Promise<Item | undefined> =>
      (await dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(user, sk), ConsistentRead: true }))).Item,

    /** Adds a team's own attributes to the item of the level `basic`. */
    add: async (user: string, attributes: Item): Promise<void> => {
      const names = Object.keys(attributes);
      const update = new UpdateItemCommand({
        TableName,
        Key: keyOf(user, 'LEVEL#basic'),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
      });
      await dynamodb.send(update);
    },
  };
};
