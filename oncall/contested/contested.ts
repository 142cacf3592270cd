import { KRAKEN_LEVEL } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { isContested, type StoredItem } from '../../functions/core/state.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { borderless } from '../borderless.ts';
import { CALLED } from '../called.ts';
import { EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import { scan } from '../scan.ts';
import type { Target } from '../target.ts';

/** A rejection that stands although an approval was received later. Times are RFC 3339. */
interface Contested {
  readonly user_id: string;
  readonly rejected_at: string;
  readonly approval_received_at: string;
}

/** Lists the contested results. @returns the exit status: 1 if there are any */
export const listContested = async (target: Target, { json }: { readonly json: boolean }): Promise<number> => {
  const table = borderless(['USER', 'REJECTION RECEIVED', 'APPROVAL RECEIVED']);
  const all = await contestedIn(target);
  const found = all.length;
  for (const one of all) {
    if (json) printJson(one);
    else table.push([visible(one.user_id), one.rejected_at, one.approval_received_at]);
  }
  if (!json && found === 0) console.log('No results of Kraken contradict each other.');
  if (!json && found > 0) {
    console.log(`${table.toString()}

${count(found, 'user is', 'users are')} rejected until somebody decides. Look the user up at Kraken, then settle it:
${CALLED} accept USER_ID --why TEXT${target.options}
${CALLED} accept USER_ID --status rejected --why TEXT${target.options}`);
  }
  return found > 0 ? EXIT.problem : EXIT.done;
};

const contestedIn = async (target: Target): Promise<Contested[]> => {
  const found: Contested[] = [];
  const input = {
    TableName: target.tableName,
    FilterExpression: 'sk = :kraken AND #status = :rejected AND approval_received_at > :never',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':kraken': { S: KRAKEN_LEVEL.sort },
      ':rejected': { S: 'rejected' },
      ':never': { N: '0' },
    },
    ConsistentRead: true,
  };
  await scan(target, input, ({ items }) => void found.push(...items.filter(isContested).map(contestedOf)));
  return found.sort((a, b) => (a.user_id < b.user_id ? -1 : 1));
};

const contestedOf = ({ user_id, as_of, approval_received_at }: StoredItem): Contested => ({
  user_id: String(user_id),
  rejected_at: formatInstant(Number(as_of)),
  approval_received_at: formatInstant(Number(approval_received_at)),
});
