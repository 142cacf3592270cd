import { styleText } from 'node:util';
import type { PlainItem } from '../functions/apply/plain-item.ts';
import { formatInstant } from '../functions/core/instant.ts';
import { borderless } from './borderless.ts';
import { EXIT } from './failure.ts';
import { maskEmail } from './mask.ts';
import { createStateReader } from './state-reader.ts';
import type { Target } from './target.ts';
import { visible } from './visible.ts';

export interface StatusOptions {
  readonly reveal: boolean;
  readonly json: boolean;
}

interface UserStatus {
  readonly user_id: string;
  readonly levels: readonly { readonly level: string; readonly status: string; readonly as_of: string }[];
  readonly email: { readonly address: string; readonly as_of: string } | null;
}

/** Shows what the table knows of one user. @returns the exit status: 1 if it knows nothing */
export const showStatus = async (target: Target, userId: string, { reveal, json }: StatusOptions): Promise<number> => {
  const status = statusOf(userId, await createStateReader(target).under(`USER#${userId}`), reveal);
  console.log(json ? JSON.stringify(status) : render(status, reveal));
  return status.levels.length > 0 || status.email ? EXIT.done : EXIT.notAsItShouldBe;
};

const statusOf = (userId: string, items: readonly PlainItem[], reveal: boolean): UserStatus => {
  const email = items.find(({ sk }) => sk === 'EMAIL');
  const asOf = (item: PlainItem) => formatInstant(Number(item.as_of));
  return {
    user_id: userId,
    levels: items
      .filter(({ sk }) => String(sk).startsWith('LEVEL#'))
      .map((item) => ({ level: String(item.level), status: String(item.status), as_of: asOf(item) })),
    email: email ? { address: reveal ? String(email.email) : maskEmail(String(email.email)), as_of: asOf(email) } : null,
  };
};

const STYLES = { approved: 'green', contacted: 'yellow', rejected: 'red' } as const;

const render = ({ user_id, levels, email }: UserStatus, reveal: boolean): string => {
  if (levels.length === 0 && !email) return `Nothing is known of user ${user_id}.`;
  const table = borderless(['LEVEL', 'STATUS', 'AS OF']);
  for (const { level, status, as_of } of levels) {
    table.push([visible(level), styleText(STYLES[status as keyof typeof STYLES] ?? 'reset', status), as_of]);
  }
  const lines = [`user ${user_id}`];
  if (levels.length > 0) lines.push('', table.toString());
  if (email)
    lines.push('', `e-mail ${visible(email.address)}, changed ${email.as_of}${reveal ? '' : '  (--reveal shows all of it)'}`);
  return lines.join('\n');
};
