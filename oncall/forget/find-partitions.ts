import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { KEY_ATTRIBUTES } from '../../functions/core/facets.ts';
import { waitingFor } from '../finish.ts';
import type { Target } from '../target.ts';

const SEGMENTS = 4;
const SHOW_EVERY = 100_000;

/**
 * The distinct partition keys of the table that `isWanted`. Reads every key, and nothing but keys, in four parallel scans; shows
 * on a terminal how many.
 */
export const partitionsOf = async (
  { client }: Pick<Target, 'client'>,
  tableName: string,
  isWanted: (pk: string) => boolean,
  stopping?: AbortSignal,
): Promise<string[]> => {
  const dynamodb = new DynamoDBClient(client);
  const found = new Set<string>();
  let read = 0;
  let shown = 0;
  const scan = async (Segment: number): Promise<void> => {
    let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
    do {
      stopping?.throwIfAborted();
      const page = await dynamodb.send(
        new ScanCommand({
          TableName: tableName,
          Select: 'SPECIFIC_ATTRIBUTES',
          ProjectionExpression: KEY_ATTRIBUTES.join(', '),
          ConsistentRead: true,
          Segment,
          TotalSegments: SEGMENTS,
          ExclusiveStartKey,
        }),
      );
      // Stryker disable next-line ArrayDeclaration: DynamoDB always sends Items; what takes their place has no pk
      for (const { pk } of page.Items ?? []) if (pk?.S !== undefined && isWanted(pk.S)) found.add(pk.S);
      read += page.Items?.length ?? 0;
      if (read > shown + SHOW_EVERY) {
        shown = read;
        waitingFor(`the table: ${read} items read`);
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scan(segment)));
  return [...found];
};
