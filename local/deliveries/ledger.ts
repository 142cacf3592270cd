import type { Outcome } from '../../functions/core/state.ts';

/** How long an acknowledged delivery may be on no queue and without an outcome: its line can be on the way. */
const GRACE_MS = 10_000;
/** How long before its answer the outcome of a delivery may be seen. */
const EARLY_MS = 5_000;

/** How often each delivery is on a queue, by its id. */
export type Located = ReadonlyMap<string, number>;

export interface Queues {
  readonly queue: Located;
  readonly dead: Located;
  /** How often a person has deleted messages since the start. */
  readonly deletions: number;
}

/** acknowledged = table + same + queue + dead + dropped + missing */
export interface Balance {
  readonly acknowledged: number;
  /** In the table. */
  readonly table: number;
  /** Those of them that changed it: the others contradict it. */
  readonly applied: number;
  /** Changed nothing: they were repetitions, or older than the table. */
  readonly same: number;
  /** On the queue, as what is left over. */
  readonly queue: number;
  readonly dead: number;
  /** Deleted by a person. */
  readonly dropped: number;
  /** Neither on a queue nor settled, for at least ten seconds. */
  readonly missing: readonly string[];
  /** On the queue and dead letters that are none of these: from before the start, or put there by a person. */
  readonly others: { readonly queue: number; readonly dead: number };
}

interface Pending {
  /** How many deliveries with this id have no outcome. */
  count: number;
  wasDead: boolean;
  /** Since when it is on no queue, in epoch milliseconds, and the deletions by then. */
  gone?: { readonly since: number; readonly deletions: number } | undefined;
}

const IN_TABLE: readonly Outcome[] = ['applied', 'contested'];

/**
 * Keeps account of acknowledged deliveries: each has an outcome, or is on a queue. What the answers and the log say is compared with what
 * the queues hold.
 */
export const createLedger = (now: () => number) => {
  const pending = new Map<string, Pending>();
  const early = new Map<string, { readonly outcome: Outcome; readonly at: number }>();
  const settled = { table: 0, applied: 0, same: 0 };
  let acknowledged = 0;
  let dropped = 0;
  let deletions = 0;

  const settle = (id: string, outcome: Outcome): void => {
    const one = pending.get(id);
    if (!one) return;
    settled[IN_TABLE.includes(outcome) ? 'table' : 'same'] += 1;
    if (outcome === 'applied') settled.applied += 1;
    one.count -= 1;
    if (one.count === 0) pending.delete(id);
  };

  return {
    acknowledged: (id: string): void => {
      acknowledged += 1;
      const one = pending.get(id) ?? { count: 0, wasDead: false };
      one.count += 1;
      pending.set(id, one);
      const before = early.get(id);
      early.delete(id);
      if (before && now() - before.at < EARLY_MS) settle(id, before.outcome);
    },
    settled: (id: string, outcome: Outcome): void => {
      if (pending.has(id)) {
        settle(id, outcome);
        return;
      }
      early.set(id, { outcome, at: now() });
      for (const [other, { at }] of early) {
        if (now() - at < EARLY_MS) break;
        early.delete(other);
      }
    },
    /** Compares with what the queues hold now. */
    balance: ({ queue, dead, deletions: deleted }: Queues): Balance => {
      const missing: string[] = [];
      const found = { queue: 0, dead: 0 };
      for (const [id, one] of pending) {
        const ofDead = Math.min(one.count, dead.get(id) ?? 0);
        const left = one.count - ofDead - Math.min(one.count - ofDead, queue.get(id) ?? 0);
        found.dead += ofDead;
        if (left === 0) {
          found.queue += one.count - ofDead;
          one.gone = undefined;
          one.wasDead = ofDead > 0;
          continue;
        }
        one.gone ??= { since: now(), deletions };
        if (now() - one.gone.since < GRACE_MS) continue;
        // Nothing but a person takes a message from the dead letters.
        if (one.wasDead || deleted > one.gone.deletions) {
          dropped += left;
          one.count -= left;
          one.gone = undefined;
          if (one.count === 0) pending.delete(id);
        } else missing.push(id);
      }
      deletions = deleted;
      const known = (located: Located) => [...located.values()].reduce((sum, count) => sum + count, 0);
      return {
        acknowledged,
        ...settled,
        queue: acknowledged - settled.table - settled.same - found.dead - dropped - missing.length,
        dead: found.dead,
        dropped,
        missing,
        others: { queue: Math.max(0, known(queue) - found.queue), dead: Math.max(0, known(dead) - found.dead) },
      };
    },
  };
};

export type Ledger = ReturnType<typeof createLedger>;
