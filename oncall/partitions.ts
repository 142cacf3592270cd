import { KEY_ATTRIBUTES } from '../functions/core/facets.ts';
import { scan } from './scan.ts';
import type { Target } from './target.ts';

/** The distinct partition keys of a table that `isWanted`. Reads every key, and nothing but keys. */
export const partitionsOf = async (
  target: Pick<Target, 'client'>,
  tableName: string,
  isWanted: (pk: string) => boolean,
  stopping?: AbortSignal,
): Promise<string[]> => {
  const found = new Set<string>();
  const input = {
    TableName: tableName,
    Select: 'SPECIFIC_ATTRIBUTES' as const,
    ProjectionExpression: KEY_ATTRIBUTES.join(', '),
    ConsistentRead: true,
  };
  await scan(
    target,
    input,
    ({ items }) => {
      for (const { pk } of items) if (typeof pk === 'string' && isWanted(pk)) found.add(pk);
    },
    { stopping },
  );
  return [...found];
};
