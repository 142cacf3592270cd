import { encodeEnvelope } from '../core/envelope.ts';
import { formatInstant } from '../core/instant.ts';
import { stateOf } from '../core/notification.ts';
import { CHECK_REQUEST_ID } from '../core/own-requests.ts';
import type { State } from '../core/state.ts';
import { CHECK_LEVEL, CHECK_USER } from '../core/test-user.ts';
import { Problem } from '../log.ts';
import { applyEvent, ingestEvent, publishEvent } from './events.ts';
import type { Expectation } from './expectation.ts';

const TYPE = 'verification_contacted';
/** Longer than the longest batch window, 20 s. */
const ARRIVES_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 500;
const TRY_EVERY_MS = 5_000;

/** The ARNs of the new versions, and the name of the alias that points to the live ones. */
export interface Versions {
  readonly ingest: string;
  readonly apply: string;
  /** `undefined` if changes are not published. */
  readonly publish: string | undefined;
  readonly alias: string;
}

export interface Dependencies {
  readonly functions: {
    /** Invokes the version and returns its result. @throws Problem if it does not start, or throws */
    invoke(version: string, event: unknown): Promise<unknown>;
    /** The version of the same function that the alias points to; `undefined` if there is no alias yet. */
    liveVersion(version: string, alias: string): Promise<string | undefined>;
  };
  /** The response that a new version of ingest must give to a notification of this type, and the signature to send. */
  expectation(type: string, body: Uint8Array, mayEnqueue: boolean): Promise<Expectation>;
  readonly table: {
    /** The item's `as_of`; `undefined` if there is no item. */
    asOf(key: State['key']): Promise<number | undefined>;
    remove(key: State['key']): Promise<void>;
    /** Records that the history is complete from now on, if nothing was applied before. */
    startHistory(): Promise<void>;
  };
  wait(ms: number): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/**
 * Checks that the versions start and reach what they need. Ingest gets a signed notification about a test user and must reach
 * the secret and the queue; apply gets a message about the same user and must reach the table; publish gets a change of the same
 * user and must reach the event bus. Then removes the test user's item. In a new installation, the history starts. Retries until `giveUpAt` (epoch milliseconds), because new permissions take a while to become effective.
 *
 * @returns what was checked, for the log
 * @throws Problem that names the version and what failed
 */
export const createCheck =
  ({ functions, expectation, table, wait, now }: Dependencies) =>
  async ({ ingest, apply, publish, alias }: Versions, giveUpAt: number): Promise<string> => {
    const retrying = async <T>(attempt: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          if (now() + TRY_EVERY_MS > giveUpAt) throw error;
          await wait(TRY_EVERY_MS);
        }
      }
    };
    const liveApply = await retrying(() => functions.liveVersion(apply, alias));

    const arrives = async (state: State, withinMs: number): Promise<boolean> => {
      for (const until = now() + withinMs; ; await wait(LOOK_EVERY_MS)) {
        if ((await retrying(() => table.asOf(state.key))) === state.asOf) return true;
        if (now() >= until) return false;
      }
    };

    const sent = statement(Math.floor(now() / 1_000) * 1_000);
    const expected = await retrying(() => expectation(TYPE, sent.bytes, liveApply !== undefined));
    await retrying(async () => {
      const answer = await functions.invoke(ingest, ingestEvent(sent.bytes, expected.signature));
      if (!expected.isMet(answer)) throw new Problem(`ingest should answer ${expected.status}, but answered ${inShort(answer)}`);
    });
    // The live version of apply consumes the message, unless it is broken and this release fixes it.
    const arrived = !expected.enqueues || (await arrives(sent.state, ARRIVES_WITHIN_MS));

    const newer = statement(sent.state.asOf + 1_000);
    await retrying(async () => {
      const answer = await functions.invoke(
        apply,
        applyEvent(encodeEnvelope({ id: 'release-check', receivedAt: now(), bytes: newer.bytes })),
      );
      if (inShort(answer) !== '{"batchItemFailures":[]}')
        throw new Problem(`apply should report no failed messages, but answered ${inShort(answer)}`);
      if ((await table.asOf(newer.state.key)) !== newer.state.asOf)
        throw new Problem('apply reported success, but the item in the table was not updated');
    });
    if (publish !== undefined) {
      await retrying(async () => {
        const answer = await functions.invoke(publish, publishEvent(newer.state, now()));
        if (inShort(answer) !== '{"batchItemFailures":[]}')
          throw new Problem(`publish should report no failed changes, but answered ${inShort(answer)}`);
      });
    }
    await retrying(() => table.startHistory());
    // Keep the newer item: without it, the message that is still on the queue would create an item again later.
    if (!arrived) return `works; the item ${newer.state.key.pk} stays until the next release, because apply is behind`;
    await retrying(() => table.remove(newer.state.key));
    return expected.enqueues
      ? `works: secret, queue${publish === undefined ? '' : ', event bus'} and table are reached`
      : `works; ${expected.why}, so the queue was not checked`;
  };

const statement = (timestamp: number) => {
  const data = { level: CHECK_LEVEL, user_id: CHECK_USER, timestamp };
  const bytes = Buffer.from(JSON.stringify({ type: TYPE, data: { ...data, timestamp: formatInstant(timestamp) } }));
  return { bytes, state: stateOf({ type: TYPE, data }, { id: CHECK_REQUEST_ID, receivedAt: timestamp }) };
};

const inShort = (answer: unknown): string => JSON.stringify(answer ?? null).slice(0, 300);
