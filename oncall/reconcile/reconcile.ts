import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { chunk } from '../../functions/chunk.ts';
import { compare, DIFFERENCES, type Finding, type Known, placeOf } from '../../functions/core/comparison.ts';
import type { Envelope } from '../../functions/core/envelope.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { hashOf } from '../../functions/core/erasure.ts';
import { about, isKeyOf, KRAKEN_LEVEL, LEVEL, STATUSES, type Status } from '../../functions/core/facets.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { interpretMessage } from '../../functions/core/interpret-message.ts';
import { identityOf as keyText, type StoredItem } from '../../functions/core/state.ts';
import { isTestUser } from '../../functions/core/test-user.ts';
import { deliveryId } from '../../functions/ingest/delivery-id.ts';
import { AskError, createAsk } from '../../functions/reconcile/ask.ts';
import { type Hosts, listVerifications } from '../../functions/reconcile/classic-list.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { applyThroughQueue, type Stated } from '../apply-through-queue.ts';
import { CALLED } from '../called.ts';
import { callerOf } from '../caller.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { erasuresOf } from '../forget/ledger.ts';
import { printJson } from '../print-json.ts';
import { scan } from '../scan.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type Earlier, identityOf, keep, readEarlier } from './earlier.ts';

// Of each kind; the JSON output has all of them.
const SHOWN_AT_MOST = 20;
const HOUR_MS = 3_600_000;
/** How long ago the comparison must be with which this one agrees. A local stack has no retries to wait for. */
const AGE_MS = { deployed: [HOUR_MS, 24 * HOUR_MS], local: [0, 24 * HOUR_MS] } as const;
const HEALED_AT_ONCE = 100;

export interface ReconcileOptions {
  readonly user?: string;
  readonly level?: string;
  readonly expiredAs?: Status;
  readonly hosts: Hosts;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  /** Where a comparison is kept until the next. */
  readonly file: string;
  /** The options with which to repeat the command. */
  readonly again: string;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Compares Fractal's list of verifications with the table and, with `yes`, heals what an earlier comparison has seen just so.
 *
 * @returns the exit status: 1 if they differ
 * @throws CannotRunError if Fractal can't be asked
 */
export const reconcile = async (target: Target, options: ReconcileOptions): Promise<number> => {
  const { user, level, hosts, credentials, expiredAs, file, yes, json } = options;
  const comparedAt = Date.now();
  const ask = createAsk({ fetch: (url, init) => fetch(url, init), wait: (ms) => wait(ms) });
  const progress = (rows: number) => waitingFor(`Fractal: ${rows} verifications listed`);
  const list = await listVerifications(ask, hosts, credentials, progress).catch((error) => {
    throw error instanceof AskError ? new CannotRunError(error.message) : error;
  });
  const isAsked = (one: { readonly user_id: string; readonly level: string }): boolean =>
    (user === undefined || one.user_id === user) && (level === undefined || one.level === level);
  const known = await knownLevels(target);
  const users = new Set(known.map(({ user_id }) => user_id));
  const unknown = [...new Set(list.rows.filter(({ user_id }) => !users.has(user_id)).map(({ user_id }) => user_id))];
  const erasures = await erasuresOf(
    target,
    unknown.map((id) => ({ kind: 'user', id })),
  );
  const { same, findings: all } = compare(list.rows, known, {
    isComplete: list.cut === undefined && list.unreadable === 0,
    expiredAs,
    isErased: (id) => erasures.has(hashOf({ kind: 'user', id })),
  });
  const findings = all.filter(isAsked);
  const healable = findings.filter(({ heals }) => heals !== null);
  const now: Earlier = {
    table: target.tableName,
    compared_at: comparedAt,
    heals: healable.map(({ user_id, level: of, theirs, heals, ours }) => ({
      user_id,
      level: of,
      theirs: theirs as string,
      heals: heals as Status,
      ours: ours && { status: ours.status, as_of: ours.as_of, status_rank: ours.status_rank },
    })),
  };
  const kept = await usableEarlier(target, file, comparedAt);
  const agreed = new Set((kept?.heals ?? []).map(identityOf));
  // One that has seen nothing of this is of no use any more.
  const earlier = now.heals.some((one) => agreed.has(identityOf(one))) ? kept : undefined;
  if (!earlier && healable.length > 0) await keep(file, now);
  const confirmed =
    earlier && isOldEnough(target, earlier, comparedAt) ? now.heals.filter((one) => agreed.has(identityOf(one))) : [];
  const healed = yes && earlier ? await heal(target, confirmed, earlier.compared_at) : 0;
  if (healed > 0) await rm(file, { force: true });

  const left = findings.length - healed;
  if (json) {
    for (const one of findings) printJson(lineOf(one));
    printJson({
      same,
      ...countsOf(findings),
      unreadable: list.unreadable,
      cut: list.cut ?? null,
      healable: healable.length,
      healed,
    });
  } else {
    print(findings);
    console.log(
      `${same} the same${Object.entries(countsOf(findings))
        .map(([what, n]) => `, ${n} ${WORDS[what as Finding['what']]}`)
        .join('')}.`,
    );
    if (list.cut !== undefined)
      console.log(`The list may not have everything: ${list.cut}. So nothing counts as being only here.`);
    if (list.unreadable > 0) console.log(`${count(list.unreadable, 'row')} of the list not understood.`);
    if (healed > 0) console.log(`${healed} healed.`);
    console.log(nextStep(target, { healable: healable.length - healed, earlier, comparedAt, ...options }));
  }
  return left > 0 || list.cut !== undefined || list.unreadable > 0 ? EXIT.problem : EXIT.done;
};

/** The levels of all users in the table, except results of Kraken, and those of test users. */
const knownLevels = async (target: Target): Promise<Known[]> => {
  const known: Known[] = [];
  const input = {
    TableName: target.tableName,
    FilterExpression: 'begins_with(sk, :levels)',
    ExpressionAttributeValues: { ':levels': { S: LEVEL.sort } },
    ConsistentRead: true,
  };
  await scan(target, input, ({ items }) => {
    for (const item of about(LEVEL, items)) known.push(...knownIn(item));
  });
  return known;
};

const knownIn = (item: StoredItem): Known[] => {
  const { pk, sk, user_id, level, status, as_of, status_rank } = item;
  const isOfKraken = isKeyOf(KRAKEN_LEVEL, { pk: String(pk), sk: String(sk) });
  if (isOfKraken || isTestUser(String(pk)) || typeof as_of !== 'number' || typeof status_rank !== 'number') return [];
  const known = STATUSES.find((one) => one === status);
  return known === undefined ? [] : [{ user_id: String(user_id), level: String(level), status: known, as_of, status_rank }];
};

/** The earlier comparison of this stack, if it is not too old. */
const usableEarlier = async (target: Target, file: string, now: number): Promise<Earlier | undefined> => {
  const earlier = await readEarlier(file);
  if (!earlier) return undefined;
  if (earlier.table !== target.tableName)
    throw new CannotRunError(`${file} is the comparison of another stack. Choose another file with --file.`);
  return now - earlier.compared_at <= ages(target)[1] ? earlier : undefined;
};

const ages = ({ deployed }: Target) => AGE_MS[deployed ? 'deployed' : 'local'];

const isOldEnough = (target: Target, { compared_at }: Earlier, now: number): boolean => now - compared_at >= ages(target)[0];

/** Heals what is still just as it was compared. @returns how many */
const heal = async (target: Target, all: Earlier['heals'], comparedAt: number): Promise<number> => {
  const stopping = new AbortController();
  using _ = finishFirst('the current states are healed', () => stopping.abort(new CannotRunError('Interrupted.')));
  const by = await callerOf(target);
  let healed = 0;
  for (const some of chunk(all, HEALED_AT_ONCE)) {
    stopping.signal.throwIfAborted();
    const items = await stateReaderOf(target).many(some.map((one) => LEVEL.keyOf(one)));
    const stated = some.flatMap((one): Stated[] => {
      const [now] = [items.get(keyText({ key: LEVEL.keyOf(one) }))].flatMap((item) => (item ? knownIn(item) : []));
      const { user_id, level, theirs, heals } = one;
      if (identityOf({ ...one, ours: now ?? null }) !== identityOf(one)) return [];
      const place = placeOf(heals, now ?? null, comparedAt);
      if (!place) return [];
      const bytes = Buffer.from(
        JSON.stringify({ user_id, level, credential: heals, ...(theirs !== heals && { listed_as: theirs }) }),
      );
      const decision = { ...place, by, why: `Fractal lists it as ${theirs}` };
      const envelope: Envelope = { id: deliveryId(bytes), receivedAt: Date.now(), bytes, source: 'reconciled', decision };
      const read = interpretMessage(encodeEnvelope(envelope), envelope.receivedAt);
      return read.kind === 'understood' ? [{ envelope, state: read.state }] : [];
    });
    await applyThroughQueue(target, stated, () => {
      healed += 1;
    });
  }
  return healed;
};

const WORDS: Readonly<Record<Finding['what'], string>> = {
  missing: 'missing here',
  different: 'different',
  only_here: 'only here',
  erased: 'erased here',
  unsettled: 'pending, expired or unknown there',
  contradicting: 'listed twice with different statuses',
  joined: 'joined, which says nothing about its parts',
};

const countsOf = (findings: readonly Finding[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    DIFFERENCES.flatMap((what) => {
      const { length } = findings.filter((one) => one.what === what);
      return length > 0 ? [[what, length]] : [];
    }),
  );

const lineOf = ({ what, user_id, level, theirs, ours, heals }: Finding) => ({
  what,
  user_id,
  level,
  theirs,
  ours: ours?.status ?? null,
  since: ours ? formatInstant(ours.as_of) : null,
  heals,
});

const print = (findings: readonly Finding[]): void => {
  for (const [what, those] of Object.entries(Object.groupBy(findings, (one) => one.what))) {
    for (const one of those.slice(0, SHOWN_AT_MOST)) console.log(inWords(one));
    const more = those.length - SHOWN_AT_MOST;
    if (more > 0) console.log(`… and ${more} more ${WORDS[what as Finding['what']]}: --json lists all of them.`);
  }
};

const inWords = ({ what, user_id, level, theirs, ours }: Finding): string =>
  [
    `${visible(user_id)} ${visible(level)}: ${WORDS[what]}`,
    ...(theirs === null ? [] : [`Fractal says ${visible(theirs)}`]),
    ...(ours ? [`the table says ${ours.status}${ours.as_of > 0 ? `, since ${formatInstant(ours.as_of)}` : ''}`] : []),
  ].join('; ');

interface Step {
  readonly healable: number;
  readonly earlier: Earlier | undefined;
  readonly comparedAt: number;
  readonly again: string;
  readonly yes: boolean;
}

const nextStep = (target: Target, { healable, earlier, comparedAt, again, yes }: Step): string => {
  if (healable === 0) return 'Nothing to heal.';
  const command = `${CALLED} reconcile${again} --yes${target.options}`;
  const can = `${count(healable, 'state')} can be healed`;
  const [youngest, oldest] = ages(target);
  const since = earlier?.compared_at ?? comparedAt;
  const between = youngest === 0 ? '' : ` between ${formatInstant(since + youngest)} and ${formatInstant(since + oldest)}`;
  if (earlier && isOldEnough(target, earlier, comparedAt))
    return yes
      ? `${can} only after two other comparisons have seen the same: compare again.`
      : `${can}, as far as the comparison of ${formatInstant(since)} has seen the same: ${command}`;
  return `${can}, if a second comparison sees the same. Repeat the command${between} with --yes: ${command}`;
};
