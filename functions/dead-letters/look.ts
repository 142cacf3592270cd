import { type Diagnosis, diagnose, interpretAll, keysOf, type Prospect, recordKeysOf } from '../core/diagnosis.ts';
import type { HeldMessage } from '../core/held-message.ts';
import type { State, StoredItem } from '../core/state.ts';
import { Problem } from '../log.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import { stillHidden } from '../queues/still-hidden.ts';
import { type Held, type HoldableQueue, withMessages } from '../queues/with-messages.ts';

/** The limits of one read: messages can have up to 1 MiB, and the function has 512 MB and half a minute. */
const ENOUGH = { messages: 1_000, characters: 64 * 1024 * 1024, ms: 12_000 } as const;
/** How long received messages stay invisible to others. infra/limits.ts derives the function's timeout, which is shorter, from this. */
export const HIDE_FOR_SECONDS = 45;
const CONCURRENCY = 8;

/** The dead-letter queue. */
interface Letters extends HoldableQueue {
  /** About how many messages are visible and invisible, how many the source queue has, how long it keeps them (milliseconds), and how many attempts a message has. */
  facts(): Promise<Readonly<Record<'count' | 'hidden' | 'queued' | 'retentionMs' | 'attempts', number>>>;
  /** Sends a message to the source queue, and deletes it. */
  redrive(message: HeldMessage): Promise<void>;
}

export interface Dependencies {
  readonly queue: Letters;
  items(keys: readonly State['key'][]): Promise<ReadonlyMap<string, StoredItem>>;
  /** Those of these keys that the history has; `undefined` if none is kept. */
  readonly records?: ((keys: readonly State['key'][]) => Promise<ReadonlySet<string>>) | undefined;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

/** The result of reading the dead-letter queue. */
export interface Seen {
  readonly deadLetters: readonly Diagnosis[];
  /** About how many messages were not read because of the limits. */
  readonly left: number;
  /** About how many messages were invisible because another reader has received them. */
  readonly hidden: number;
  /** About how many messages wait on the source queue. */
  readonly queued: number;
  /** Why the table could not be read. The result of redriving is then unknown. */
  readonly tableProblem: string | undefined;
}

/** The result of a redrive. */
export interface Redriven {
  readonly sent: number;
  readonly of: number;
  readonly failure: string | undefined;
}

export const createLook = ({ queue, items, records, describe, now }: Dependencies) => {
  /** Receives messages up to the limits, and passes them to `work`. */
  const looking = async <T>(work: (seen: Seen, held: Held) => Promise<T>): Promise<T> => {
    const startedAt = now();
    const { count, hidden, queued, retentionMs, attempts } = await queue.facts();
    // Stryker disable next-line BooleanLiteral: it is set before the first receive
    let isEnough = false;
    const enough = (held: ReadonlyMap<string, { readonly body: string }>): boolean => {
      const characters = [...held.values()].reduce((sum, { body }) => sum + body.length, 0);
      isEnough = held.size >= ENOUGH.messages || characters >= ENOUGH.characters || now() - startedAt >= ENOUGH.ms;
      return isEnough;
    };
    const read = async (held: Held): Promise<T> => {
      const all = held.messages;
      let tableProblem: string | undefined;
      const letters = interpretAll(all, now());
      const [known, recorded] = await Promise.all([items(keysOf(letters)), records?.(recordKeysOf(letters))]).catch((error) => {
        tableProblem = describe(error);
        return [];
      });
      const seen = {
        deadLetters: diagnose(letters, { retentionMs, attempts, items: known, records: recorded }),
        left: isEnough ? Math.max(0, count - all.length) : 0,
        hidden: stillHidden({ count, hidden }, all.length),
        queued,
        tableProblem,
      };
      return work(seen, held);
    };
    return withMessages(queue, HIDE_FOR_SECONDS, read, { enough });
  };

  return {
    look: (): Promise<Seen> => looking(async (seen) => seen),

    /**
     * Sends the `wanted` messages back to the queue, except those that would return to the dead-letter queue.
     *
     * @throws Problem if the table can't be read: redriven messages would fail again
     */
    redrive: (wanted: (one: Diagnosis) => boolean): Promise<{ readonly seen: Seen; readonly redriven: Redriven }> =>
      looking(async (seen, held) => {
        if (seen.tableProblem) throw new Problem(`the table cannot be read: ${seen.tableProblem}`);
        const selected = seen.deadLetters.filter((one) => mayBeRedriven(one) && wanted(one));
        const sent = new Set<Diagnosis>();
        let failure: string | undefined;
        await mapConcurrent(CONCURRENCY, selected, async (one) => {
          await queue.redrive(one.deadLetter);
          sent.add(one);
          held.taken(one.deadLetter);
        }).catch((error) => {
          failure = describe(error);
        });
        const deadLetters = seen.deadLetters.filter((one) => !sent.has(one));
        return { seen: { ...seen, deadLetters }, redriven: { sent: sent.size, of: selected.length, failure } };
      }),
  };
};

export type Look = ReturnType<typeof createLook>;

/** Whether redriving settles the message. Any other would return after five attempts. */
export const mayBeRedriven = ({ prospect }: Diagnosis): boolean => REDRIVEN.includes(prospect);

/** The prospects of messages that a redrive settles. */
export const REDRIVEN: readonly Prospect[] = ['would_apply', 'would_record', 'duplicate', 'stale', 'contested', 'unchanged'];
