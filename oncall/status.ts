import { styleText } from 'node:util';
import { about, CREDENTIAL, EMAIL, type Facet, humanPartition, LEVEL, userPartition } from '../functions/core/facets.ts';
import { formatInstant } from '../functions/core/instant.ts';
import { type Clock, itemsAsOf } from '../functions/core/record.ts';
import { isContested, type StoredItem } from '../functions/core/state.ts';
import { hashOf } from '../functions/erasure.ts';
import { maskEmail } from '../functions/words/mask.ts';
import { visible } from '../functions/words/visible.ts';
import { borderless } from './borderless.ts';
import { CALLED } from './called.ts';
import { CannotRunError, EXIT } from './failure.ts';
import { erasuresOf } from './forget/ledger.ts';
import { requireComplete } from './history/complete.ts';
import { recordsUnder } from './history/records.ts';
import { spellingsOf } from './person/person.ts';
import { printJson } from './print-json.ts';
import { shellWord } from './shell-word.ts';
import { stateReaderOf } from './state-reader.ts';
import type { Target } from './target.ts';

export interface StatusOptions {
  /** The `idos_human_id` of the human whose credentials to show. */
  readonly human: string | undefined;
  readonly reveal: boolean;
  readonly json: boolean;
  /** Epoch milliseconds: shows what was known then. Default: now. */
  readonly asOf?: number;
  /** Whether what had been received by then counts, or what the table said. */
  readonly by: Clock;
}

interface Status {
  readonly user_id: string | null;
  readonly levels: readonly {
    readonly level: string;
    readonly status: string | null;
    readonly as_of: string | null;
    /** Whether an approval was received after a rejection, which stands. */
    readonly contested: boolean;
  }[];
  readonly email: { readonly address: string | null; readonly as_of: string | null } | null;
  readonly credentials: readonly { readonly credential_id: string; readonly as_of: string | null }[];
}

/** Shows the items of one user, one human, or both. @returns the exit status: 1 if there are none */
export const showStatus = async (
  target: Target,
  userId: string | undefined,
  { human, reveal, json, asOf: at, by }: StatusOptions,
): Promise<number> => {
  if (userId === undefined && human === undefined) throw new CannotRunError('Specify a user_id, --human, or both.');
  if (at !== undefined) await requireComplete(target, at);
  const table = stateReaderOf(target);
  const itemsOf = async (pk: string): Promise<StoredItem[]> =>
    at === undefined ? table.under(pk) : [...itemsAsOf(await recordsUnder(target, pk), at, by).values()];
  const under = (partition: (id: string) => string, id: string | undefined) => (id === undefined ? [] : itemsOf(partition(id)));
  const [ofUser, ofHuman] = await Promise.all([under(userPartition, userId), under(humanPartition, human)]);
  const status = statusOf(userId, ofUser, ofHuman, reveal);
  const known = status.levels.length + status.credentials.length > 0 || status.email !== null;
  const whom = [userId && `user ${userId}`, human && `human ${human}`].filter((one) => one !== undefined).join(', ');
  const then = at === undefined ? '' : `, ${BY[by]} by ${formatInstant(at)}`;
  if (json) printJson({ ...status, ...(at !== undefined && { known: formatInstant(at), by }) });
  else if (known) console.log(render(`${visible(whom)}${then}`, status, reveal));
  else if (at !== undefined) console.log(`Nothing about ${visible(whom)}${then}.`);
  else
    console.log(
      [
        `No items for ${visible(whom)}.`,
        ...(await erasuresIn(target, userId, human)),
        ...(await otherSpellings(target, userId, human)),
      ].join('\n'),
    );
  return known ? EXIT.done : EXIT.problem;
};

/** When they were erased. */
const erasuresIn = async (target: Target, userId: string | undefined, human: string | undefined): Promise<string[]> => {
  const ids = [
    ...(userId === undefined ? [] : [{ kind: 'user' as const, id: userId }]),
    ...(human === undefined ? [] : [{ kind: 'human' as const, id: human }]),
  ];
  const ledger = await erasuresOf(target, ids);
  return ids.flatMap((one) => {
    const at = ledger.get(hashOf(one));
    return at === undefined ? [] : [`The data of ${one.kind} ${visible(one.id)} was erased ${formatInstant(at)}.`];
  });
};

/** The commands that show the items of the same ids, written otherwise. */
const otherSpellings = async (target: Target, userId: string | undefined, human: string | undefined): Promise<string[]> => {
  const table = stateReaderOf(target);
  const among = async (partition: (id: string) => string, option: string, id = ''): Promise<string[]> => {
    const found: string[] = [];
    for (const spelling of spellingsOf(id)) {
      if ((await table.under(partition(spelling))).length === 0) continue;
      found.push(`Items with another spelling of the id: ${CALLED} status ${option}${shellWord(spelling)}${target.options}`);
    }
    return found;
  };
  return [...(await among(userPartition, '', userId)), ...(await among(humanPartition, '--human ', human))];
};

const statusOf = (
  userId: string | undefined,
  ofUser: readonly StoredItem[],
  ofHuman: readonly StoredItem[],
  reveal: boolean,
): Status => {
  const [email] = about(EMAIL, ofUser);
  const address = textOf(email?.email);
  return {
    user_id: userId ?? null,
    levels: namedIn(LEVEL, ofUser).map(({ name, item }) => ({
      level: name,
      status: textOf(item.status),
      // An approval by Kraken has no time of its own, and what `reconcile` found missing has none at all.
      as_of: item.as_of === 0 ? textOf(item.timestamp) : asOf(item),
      contested: isContested(item),
    })),
    email: email ? { address: address === null || reveal ? address : maskEmail(address), as_of: asOf(email) } : null,
    credentials: namedIn(CREDENTIAL, ofHuman).map(({ name, item }) => ({ credential_id: name, as_of: asOf(item) })),
  };
};

const namedIn = (facet: Facet, items: readonly StoredItem[]) =>
  about(facet, items).map((item) => ({ name: String(item.sk).slice(facet.sort.length), item }));

// An item that a team created may lack these attributes, or have them with other types.
const textOf = (value: StoredItem[string] | undefined): string | null => (typeof value === 'string' ? value : null);
const asOf = ({ as_of }: StoredItem): string | null =>
  typeof as_of === 'number' && Math.abs(as_of) <= 8.64e15 ? formatInstant(as_of) : null;

const BY: Readonly<Record<Clock, string>> = { received: 'as received', recorded: 'as recorded' };
const STYLES = { approved: 'green', contacted: 'yellow', rejected: 'red' } as const;
const NOTHING = '–';
const CONTESTED = '  contested: an approval was received later';

const render = (whom: string, { levels, email, credentials }: Status, reveal: boolean): string => {
  const lines = [whom];
  if (levels.length > 0) {
    const table = borderless(['LEVEL', 'STATUS', 'AS OF']);
    for (const { level, status, as_of, contested } of levels) {
      const style = STYLES[status as keyof typeof STYLES] ?? 'reset';
      table.push([
        visible(level),
        styleText(style, visible(status ?? NOTHING)),
        `${as_of ?? NOTHING}${contested ? CONTESTED : ''}`,
      ]);
    }
    lines.push('', table.toString());
  }
  if (credentials.length > 0) {
    const table = borderless(['CREDENTIAL', 'SHARED']);
    for (const { credential_id, as_of } of credentials) table.push([visible(credential_id), as_of ?? NOTHING]);
    lines.push('', table.toString());
  }
  if (email) {
    const hint = reveal || email.address === null ? '' : '  (--reveal shows the full address)';
    lines.push('', `e-mail ${visible(email.address ?? NOTHING)}, changed ${email.as_of ?? NOTHING}${hint}`);
  }
  return lines.join('\n');
};
