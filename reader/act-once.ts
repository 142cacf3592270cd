import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { parseJson } from '../functions/core/json.ts';

/** Another consumer acts on the same change now. Let the event be retried. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** What is true now, and what is remembered of it. */
export interface Sight {
  /** The memory, as it was replaced last; `undefined` if there is none yet. */
  readonly memory: string | undefined;
  /** What is true; the same text for the same state. */
  readonly state: string;
  act(): Promise<void>;
}

export interface ActDependencies {
  /** @returns `undefined` if there is nothing to act on */
  look(): Promise<Sight | undefined>;
  /** Replaces the memory if it is still the former one. @returns whether */
  replace(former: string | undefined, next: string): Promise<boolean>;
  now(): number;
  /** How long an act may take, in milliseconds, before another consumer may repeat it. */
  readonly leaseMs: number;
  /** The state that needs no act as long as there was none. */
  readonly initial?: string;
}

const Memory = v.object({
  /** The state that was acted on last. */
  done: v.nullable(v.string()),
  /** An act that has begun; `until` is epoch milliseconds. */
  claim: v.optional(v.object({ id: v.string(), until: v.number() })),
});

// Others may change the state or the memory as often while this one looks.
const LOOKS_AT_MOST = 20;

/**
 * Acts on a state that was not acted on: exactly once, as long as no process dies between acting and remembering it; then once more.
 * An act that throws counts as not begun.
 *
 * @throws BusyError if another consumer acts now; whatever the act throws
 */
export const actOnce = async ({ look, replace, now, leaseMs, initial }: ActDependencies): Promise<void> => {
  for (let looks = 0; looks < LOOKS_AT_MOST; looks += 1) {
    const seen = await look();
    if (!seen) return;
    const memory = v.safeParse(Memory, parseJson(seen.memory ?? ''));
    const { done, claim } = memory.success ? memory.output : { done: null, claim: undefined };
    if (claim && claim.until > now()) throw new BusyError('Another consumer acts on this now. Retry the event.');
    // After a claim that was given up, nobody knows whether it was acted on.
    if (!claim && (done ?? initial) === seen.state) return;
    const claimed = JSON.stringify({ done, claim: { id: randomUUID(), until: now() + leaseMs } });
    if (!(await replace(seen.memory, claimed))) continue;
    const still = await look();
    if (still?.state !== seen.state || still.memory !== claimed) {
      await replace(claimed, seen.memory ?? NOTHING);
      continue;
    }
    try {
      await still.act();
    } catch (error) {
      await replace(claimed, seen.memory ?? NOTHING);
      throw error;
    }
    await replace(claimed, JSON.stringify({ done: seen.state }));
    // The state may have changed meanwhile, and whoever was told of it found this one busy.
  }
  throw new BusyError('The state changes too fast. Retry the event.');
};

const NOTHING = JSON.stringify({ done: null });
