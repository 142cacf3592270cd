import { formatInstant } from '../../functions/core/instant.ts';
import type { Decision } from '../../functions/core/receipt.ts';

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
  | {
      readonly kind: 'kraken';
      readonly user: string;
      readonly status: 'approved' | 'rejected' | 'pending';
      readonly note?: string | undefined;
      readonly receivedAt: number;
      /** The delivery id. */
      readonly id: string;
      readonly decision?: Decision | undefined;
      readonly body: string;
    }
  | { readonly kind: 'email'; readonly user: string; readonly email: string; readonly receivedAt: number; readonly body: string };

const STRICTNESS = ['approved', 'contacted', 'rejected'];

/**
 * The items that a user's notifications must end in, computed by sorting: by time, then by the stricter status or the greater
 * address. Of Kraken's results, an approval is older than any rejection, and a decision has a place of its own.
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
  const levelItems: Record<string, string | number>[] = levels.map((level) => {
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
  const krakenItem = ofKraken(
    user,
    mine.filter((one) => one.kind === 'kraken'),
  );
  return [...(emailItem ? [emailItem] : []), ...levelItems, ...(krakenItem ? [krakenItem] : [])].sort((a, b) =>
    Buffer.compare(Buffer.from(String(a.sk)), Buffer.from(String(b.sk))),
  );
};

type Result = Extract<Statement, { kind: 'kraken' }>;

const ofKraken = (user: string, all: readonly Result[]): Record<string, string | number> | undefined => {
  const results = all.filter(({ status }) => status !== 'pending');
  const asOf = ({ decision, status, receivedAt }: Result) => decision?.asOf ?? (status === 'approved' ? 0 : receivedAt);
  const rank = ({ decision, status }: Result) => decision?.statusRank ?? STRICTNESS.indexOf(status) + 1;
  const receipt = ({ receivedAt, id }: Result) => `${new Date(receivedAt).toISOString()}#${id}`;
  const newest = results.toSorted((a, b) => asOf(a) - asOf(b) || rank(a) - rank(b) || (receipt(a) < receipt(b) ? -1 : 1)).at(-1);
  if (!newest) return undefined;
  const times = (which: (one: Result) => boolean) => results.filter(which).map(({ receivedAt }) => receivedAt);
  const approvals = times(({ decision, status }) => !decision && status === 'approved');
  const rejections = times(({ decision, status }) => !decision && status === 'rejected');
  const decisions = times(({ decision }) => decision !== undefined);
  return {
    pk: `USER#${user}`,
    sk: 'LEVEL#kraken',
    user_id: user,
    level: 'kraken',
    status: newest.status,
    status_rank: rank(newest),
    timestamp: formatInstant(newest.receivedAt),
    receipt: receipt(newest),
    as_of: asOf(newest),
    ...(newest.note && { note: newest.note }),
    ...(newest.decision && { decided_by: newest.decision.by, decided_why: newest.decision.why }),
    ...(approvals.length > 0 && { approval_received_at: Math.max(...approvals) }),
    ...(rejections.length > 0 && { rejection_received_at: Math.min(...rejections) }),
    ...(decisions.length > 0 && { decided_at: Math.max(...decisions) }),
  };
};
