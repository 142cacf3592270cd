import { formatInstant } from '../../functions/core/instant.ts';

/** A test notification, with its values in addition to the body. `receivedAt` is epoch milliseconds. */
export type Statement =
  | {
      readonly kind: 'verification';
      readonly user: string;
      readonly level: string;
      readonly status: 'approved' | 'contacted' | 'rejected';
      readonly epochMs: number;
      readonly receivedAt: number;
      readonly body: string;
    }
  | { readonly kind: 'email'; readonly user: string; readonly email: string; readonly receivedAt: number; readonly body: string };

const STRICTNESS = ['approved', 'contacted', 'rejected'];

/**
 * The items that a user's notifications must end in, computed by sorting: by time, then by the stricter status or the greater
 * address.
 */
export const plainTruth = (user: string, statements: readonly Statement[]): Record<string, string | number>[] => {
  const mine = statements.filter((statement) => statement.user === user);
  const levels = [...new Set(mine.flatMap((one) => (one.kind === 'verification' ? [one.level] : [])))].sort();
  const newestEmail = mine
    .filter((one) => one.kind === 'email')
    .sort((a, b) => a.receivedAt - b.receivedAt || Buffer.compare(Buffer.from(a.email), Buffer.from(b.email)))
    .at(-1);
  const emailItem = newestEmail && {
    pk: `USER#${user}`,
    sk: 'EMAIL',
    user_id: user,
    email: newestEmail.email,
    as_of: newestEmail.receivedAt,
  };
  const levelItems = levels.map((level) => {
    const newest = mine
      .filter((one) => one.kind === 'verification')
      .filter((one) => one.level === level)
      .sort((a, b) => a.epochMs - b.epochMs || STRICTNESS.indexOf(a.status) - STRICTNESS.indexOf(b.status))
      .at(-1);
    return {
      pk: `USER#${user}`,
      sk: `LEVEL#${level}`,
      user_id: user,
      level,
      status: newest?.status as string,
      status_rank: STRICTNESS.indexOf(newest?.status as string) + 1,
      timestamp: formatInstant(newest?.epochMs as number),
      as_of: newest?.epochMs as number,
    };
  });
  return [...(emailItem ? [emailItem] : []), ...levelItems];
};
