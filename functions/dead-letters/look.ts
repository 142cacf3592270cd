import type { DeadLetter } from '../core/dead-letter.ts';
import { type Diagnosis, diagnose, keysOf } from '../core/diagnosis.ts';
import type { State, StoredItem } from '../core/state.ts';
import { Problem } from '../log.ts';
import { type DeadLetterQueue, stillHidden } from './dead-letter-queue.ts';
import { mapConcurrent } from './map-concurrent.ts';

/** When a look ends, whatever is left: messages are as long as 256 KiB, and the function has 512 MB and half a minute. */
const ENOUGH = { messages: 1_000, characters: 64 * 1024 * 1024, ms: 12_000 } as const;
/** For how long nobody else sees what a look has taken. The function ends before: infra/limits.ts derives its time limit from this. */
export const HIDE_FOR_SECONDS = 45;
const LANES = 8;

export interface Dependencies {
  readonly queue: Pick<DeadLetterQueue, 'facts' | 'takeAll' | 'release' | 'redrive'>;
  items(keys: readonly State['key'][]): Promise<ReadonlyMap<string, StoredItem>>;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

/** What a look at the dead-letter queue has seen. */
export interface Seen {
  readonly deadLetters: readonly Diagnosis[];
  /** How many messages were left out, because there are so many. */
  readonly left: number;
  /** How many messages could not be seen, about: somebody else looks at them. */
  readonly hidden: number;
  /** Why the table could not be read, if it could not; what redriving would do is unknown then. */
  readonly tableProblem: string | undefined;
}

/** What became of a redrive. */
export interface Redriven {
  readonly sent: number;
  readonly of: number;
  readonly failure: string | undefined;
}

export const createLook = ({ queue, items, describe, now }: Dependencies) => {
  /** Takes what it can, hands it to `work`, and lets everybody see again what that has not taken off. */
  const looking = async <T>(work: (seen: Seen, taken: (one: Diagnosis) => void) => Promise<T>): Promise<T> => {
    const startedAt = now();
    const { count, hidden, retentionMs, attempts } = await queue.facts();
    const deadLetters = new Map<string, DeadLetter>();
    const enough = (): boolean => {
      const characters = [...deadLetters.values()].reduce((sum, { body }) => sum + body.length, 0);
      return deadLetters.size >= ENOUGH.messages || characters >= ENOUGH.characters || now() - startedAt >= ENOUGH.ms;
    };
    try {
      await queue.takeAll(HIDE_FOR_SECONDS, deadLetters, enough);
      const all = [...deadLetters.values()];
      const at = now();
      let tableProblem: string | undefined;
      const known = await items(keysOf(all, at)).catch((error) => {
        tableProblem = describe(error);
        return undefined;
      });
      const seen = {
        deadLetters: diagnose(all, { now: at, retentionMs, attempts, items: known }),
        left: enough() ? Math.max(0, count - all.length) : 0,
        hidden: stillHidden({ count, hidden }, all.length),
        tableProblem,
      };
      return await work(seen, ({ deadLetter }) => deadLetters.delete(deadLetter.messageId));
    } finally {
      await queue.release([...deadLetters.values()]);
    }
  };

  return {
    look: (): Promise<Seen> => looking(async (seen) => seen),

    /**
     * Sends those that are `wanted` back to the queue, but for what would only come back.
     *
     * @throws Problem if the table can't be read: everything would come back then
     */
    redrive: (wanted: (one: Diagnosis) => boolean): Promise<{ readonly seen: Seen; readonly redriven: Redriven }> =>
      looking(async (seen, taken) => {
        if (seen.tableProblem) throw new Problem(`the table can not be read: ${seen.tableProblem}`);
        const selected = seen.deadLetters.filter((one) => mayBeRedriven(one) && wanted(one));
        const sent = new Set<Diagnosis>();
        let failure: string | undefined;
        await mapConcurrent(LANES, selected, async (one) => {
          await queue.redrive(one.deadLetter);
          sent.add(one);
          taken(one);
        }).catch((error) => {
          failure = describe(error);
        });
        const deadLetters = seen.deadLetters.filter((one) => !sent.has(one));
        return { seen: { ...seen, deadLetters }, redriven: { sent: sent.size, of: selected.length, failure } };
      }),
  };
};

export type Look = ReturnType<typeof createLook>;

/** Whether redriving settles it: what is not understood, or fails, would be here again after five attempts. */
export const mayBeRedriven = ({ prospect }: Diagnosis): boolean =>
  prospect === 'would_apply' || prospect === 'duplicate' || prospect === 'stale';
