import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Finding } from '../../functions/core/comparison.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { createAsk } from '../../functions/reconcile/ask.ts';
import { type CompareWith, compareWithFractal } from '../../functions/reconcile/compare-with-fractal.ts';
import { comparedIn } from '../../functions/reconcile/known.ts';
import { count } from '../../functions/words/count.ts';
import { CALLED } from '../called.ts';
import { EXIT } from '../failure.ts';
import { waitingFor } from '../finish.ts';
import { erasuresOf } from '../forget/ledger.ts';
import { scan } from '../scan.ts';
import type { Target } from '../target.ts';
import { type Earlier, type Heal, identityOf, keep, readEarlier } from './earlier.ts';
import { healAll, type ToHeal } from './heal.ts';
import { printComparison, printComparisonAsJson } from './report.ts';

const HOUR_MS = 3_600_000;
/** How long ago the comparison must be with which this one agrees. A local stack has no retries to wait for. */
const AGE_MS = { deployed: [HOUR_MS, 24 * HOUR_MS], local: [0, 24 * HOUR_MS] } as const;

export interface ReconcileOptions extends CompareWith {
  /** Where a comparison is kept until the next. */
  readonly file: string;
  /** The options with which to repeat the command. */
  readonly again: string;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Compares what Fractal says with the table and, with `yes`, heals what an earlier comparison has seen just so, and what is contested.
 *
 * @returns the exit status: 1 if they differ
 * @throws AskError if Fractal can't be asked
 */
export const reconcile = async (target: Target, options: ReconcileOptions): Promise<number> => {
  const { file, yes, json } = options;
  const comparedAt = Date.now();
  const pause = (ms: number) => wait(ms);
  const compared = await compareWithFractal(
    {
      ask: createAsk({ fetch: (url, init) => fetch(url, init), wait: pause }),
      wait: pause,
      now: Date.now,
      readLevels: (add) => scan(target, comparedIn(target.tableName), ({ items }) => add(items)),
      erasuresOf: (ids) => erasuresOf(target, ids),
      progress: waitingFor,
    },
    options,
  );
  const { findings } = compared;
  const healable = findings.flatMap(healOf);
  const needTwo = healable.filter(({ what }) => what !== 'contested').map(({ heal }) => heal);
  const kept = await readEarlier(file, target.tableName, comparedAt - ages(target)[1]);
  const agreed = new Set((kept?.heals ?? []).map(identityOf));
  // One that has seen nothing of this is of no use any more.
  const earlier = needTwo.some((one) => agreed.has(identityOf(one))) ? kept : undefined;
  if (!earlier && needTwo.length > 0) await keep(file, { table: target.tableName, compared_at: comparedAt, heals: needTwo });

  const since = earlier && isOldEnough(target, earlier, comparedAt) ? earlier.compared_at : undefined;
  const confirmed = healable.flatMap(({ heal, what }): ToHeal[] => {
    // Kraken's answer is about now: it needs no other to settle results that contradict each other.
    if (what === 'contested') return [{ heal, what, comparedAt }];
    return since !== undefined && agreed.has(identityOf(heal)) ? [{ heal, what, comparedAt: since }] : [];
  });
  const healed = yes ? await healAll(target, confirmed) : 0;
  if (healed > 0 && confirmed.some(({ what }) => what !== 'contested')) await rm(file, { force: true });

  if (json) printComparisonAsJson(compared, { healable: healable.length, healed });
  else {
    printComparison(compared);
    if (healed > 0) console.log(`${healed} healed.`);
    const contested = healable.length - needTwo.length;
    console.log(nextStep(target, { left: healable.length - healed, contested, earlier, comparedAt, ...options }));
  }
  const isTold = compared.cut === undefined && compared.unreadable === 0 && compared.unanswered === 0;
  return findings.length > healed || !isTold ? EXIT.problem : EXIT.done;
};

const healOf = ({
  what,
  user_id,
  level,
  theirs,
  heals,
  ours,
}: Finding): { readonly what: Finding['what']; readonly heal: Heal }[] =>
  theirs === null || heals === null
    ? []
    : [
        {
          what,
          heal: {
            user_id,
            level,
            theirs,
            heals,
            ours: ours && { status: ours.status, as_of: ours.as_of, status_rank: ours.status_rank },
          },
        },
      ];

const ages = ({ deployed }: Target) => AGE_MS[deployed ? 'deployed' : 'local'];

const isOldEnough = (target: Target, { compared_at }: Earlier, now: number): boolean => now - compared_at >= ages(target)[0];

interface Step {
  /** How many could be healed. */
  readonly left: number;
  /** How many of them were contested. */
  readonly contested: number;
  readonly earlier: Earlier | undefined;
  readonly comparedAt: number;
  readonly again: string;
  readonly yes: boolean;
}

const nextStep = (target: Target, { left, contested, earlier, comparedAt, again, yes }: Step): string => {
  if (left === 0) return 'Nothing to heal.';
  const command = `${CALLED} reconcile${again} --yes${target.options}`;
  if (!yes && contested === left) return `${count(left, 'contested result')} can be settled: ${command}`;
  const can = `${count(left, 'state')} can be healed`;
  const [youngest, oldest] = ages(target);
  const since = earlier?.compared_at ?? comparedAt;
  const between = youngest === 0 ? '' : ` between ${formatInstant(since + youngest)} and ${formatInstant(since + oldest)}`;
  if (earlier && isOldEnough(target, earlier, comparedAt))
    return yes
      ? `${can} only after two other comparisons have seen the same: compare again.`
      : `${can}, as far as the comparison of ${formatInstant(since)} has seen the same: ${command}`;
  return `${can}, if a second comparison sees the same. Repeat the command${between} with --yes: ${command}`;
};
