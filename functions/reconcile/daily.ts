import type { Context } from 'aws-lambda';
import { DIFFERENCES, type Finding } from '../core/comparison.ts';
import { KRAKEN } from '../core/kraken.ts';
import { describeError, log } from '../log.ts';
import type { Compared, CompareWith } from './compare-with-fractal.ts';

export interface DailyDependencies {
  /** @param users the users of Kraken to ask about; by default, those in the table */
  compare(users?: CompareWith['krakenUsers']): Promise<Compared>;
  pause(): Promise<void>;
}

/**
 * Compares the table with Fractal, and logs how many levels differ, without ids. It heals nothing. What differs is compared again after a
 * pause, because its notification may be on the way.
 */
export const createDaily =
  ({ compare, pause }: DailyDependencies) =>
  async (_event: unknown, { awsRequestId: requestId }: Pick<Context, 'awsRequestId'>): Promise<void> => {
    try {
      const first = await compare();
      const findings = first.findings.some(isHealable) ? await confirmed(first.findings, { compare, pause }) : first.findings;
      const counts = DIFFERENCES.map((what) => [what, findings.filter((one) => one.what === what).length] as const);
      const { same, cut, unreadable, unanswered, notCompared } = first;
      log('INFO', 'compared', {
        same,
        ...Object.fromEntries(counts.filter(([, count]) => count > 0)),
        healable: findings.filter(isHealable).length,
        unreadable,
        unanswered,
        not_compared: notCompared.classic + notCompared.kraken,
        cut: cut !== undefined,
      });
    } catch (error) {
      log('ERROR', 'not compared', { requestId, problem: describeError(error) });
      throw error;
    }
  };

/** Contested results have an alarm of their own. */
const isHealable = ({ heals, what }: Finding): boolean => heals !== null && what !== 'contested';

/** The findings, without those that can be healed and that another comparison does not find. */
const confirmed = async (findings: readonly Finding[], { compare, pause }: DailyDependencies): Promise<readonly Finding[]> => {
  await pause();
  const ofKraken = findings.filter(({ level }) => level === KRAKEN);
  const again = await compare(ofKraken.filter(isHealable).map(({ user_id }) => user_id));
  const seen = new Set(again.findings.map(identityOf));
  return findings.filter((one) => !isHealable(one) || seen.has(identityOf(one)));
};

const identityOf = ({ what, user_id, level, theirs }: Finding): string => JSON.stringify([what, user_id, level, theirs]);
