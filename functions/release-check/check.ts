import { encodeEnvelope } from '../core/envelope.ts';
import { formatInstant } from '../core/instant.ts';
import { CHECK_LEVEL, CHECK_USER } from '../core/made-up.ts';
import { type State, stateOf } from '../core/state.ts';
import { Problem } from '../log.ts';
import { askedOfApply, askedOfIngest } from './events.ts';
import type { Expectation } from './expectation.ts';

const TYPE = 'verification_contacted';
const ARRIVES_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;
const TRY_EVERY_MS = 5_000;

/** The ARNs of two versions, and the name of the alias that says which ones are live. */
export interface Versions {
  readonly ingest: string;
  readonly apply: string;
  readonly alias: string;
}

export interface Dependencies {
  readonly functions: {
    /** What the version answers. @throws Problem if it does not start, or throws */
    invoke(version: string, event: unknown): Promise<unknown>;
    /** Which version of the same function the alias leads to; `undefined` where there is no alias yet. */
    liveVersion(version: string, alias: string): Promise<string | undefined>;
  };
  /** What a new version of ingest must answer to a notification of this type, and with which signature it is asked. */
  expectation(type: string, body: Uint8Array, mayEnqueue: boolean): Promise<Expectation>;
  readonly table: {
    /** The item's `as_of`, if it is there. */
    asOf(key: State['key']): Promise<number | undefined>;
    remove(key: State['key']): Promise<void>;
  };
  wait(ms: number): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/**
 * Proves that both versions start and reach what they need: ingest the secret and the queue, with a signed notification about a
 * person that nobody is; apply the table, with a message about the same. What they leave is removed again. Tries until
 * `giveUpAt` (epoch milliseconds), for permissions that have just been given take a while to work.
 *
 * @returns what was proven, in words
 * @throws Problem that says which version does not do what
 */
export const createCheck =
  ({ functions, expectation, table, wait, now }: Dependencies) =>
  async ({ ingest, apply, alias }: Versions, giveUpAt: number): Promise<string> => {
    const stillTrying = async <T>(attempt: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          if (now() + TRY_EVERY_MS > giveUpAt) throw error;
          await wait(TRY_EVERY_MS);
        }
      }
    };
    const [liveIngest, liveApply] = await stillTrying(() =>
      Promise.all([functions.liveVersion(ingest, alias), functions.liveVersion(apply, alias)]),
    );
    // Also how a deployment is rolled back: to what was live all along.
    if (liveIngest === ingest && liveApply === apply) return 'both versions are live already';

    const arrives = async (state: State, withinMs: number): Promise<boolean> => {
      for (const until = now() + withinMs; ; await wait(LOOK_EVERY_MS)) {
        if ((await stillTrying(() => table.asOf(state.key))) === state.asOf) return true;
        if (now() >= until) return false;
      }
    };

    const sent = statement(Math.floor(now() / 1_000) * 1_000);
    const expected = await stillTrying(() => expectation(TYPE, sent.bytes, liveApply !== undefined));
    await stillTrying(async () => {
      const answer = await functions.invoke(ingest, askedOfIngest(sent.bytes, expected.signature));
      if (!expected.isMet(answer)) throw new Problem(`ingest does not answer ${expected.status}, but ${inShort(answer)}`);
    });
    // The version of apply that is live takes it off the queue; if that is what this release mends, it does not.
    const arrived = !expected.enqueues || (await arrives(sent.state, ARRIVES_WITHIN_MS));

    const newer = statement(sent.state.asOf + 1_000);
    await stillTrying(async () => {
      const answer = await functions.invoke(
        apply,
        askedOfApply(encodeEnvelope({ id: 'release-check', receivedAt: now(), bytes: newer.bytes })),
      );
      if (inShort(answer) !== '{"batchItemFailures":[]}')
        throw new Problem(`apply does not apply a message, but answers ${inShort(answer)}`);
      if ((await table.asOf(newer.state.key)) !== newer.state.asOf)
        throw new Problem('apply has not written what it was given to the table');
    });
    // What has not arrived yet would come back as an item of its own, were there no newer one.
    if (!arrived) return `works; the item ${newer.state.key.pk} stays until the next release, for apply is behind`;
    await stillTrying(() => table.remove(newer.state.key));
    return expected.enqueues ? 'works: secret, queue and table are reached' : `works; ${expected.why}, so the queue was left out`;
  };

const statement = (timestamp: number) => {
  const data = { level: CHECK_LEVEL, user_id: CHECK_USER, timestamp };
  const bytes = Buffer.from(JSON.stringify({ type: TYPE, data: { ...data, timestamp: formatInstant(timestamp) } }));
  return { bytes, state: stateOf({ type: TYPE, data }, timestamp) };
};

const inShort = (answer: unknown): string => JSON.stringify(answer ?? null).slice(0, 300);
