import { chunk } from '../../functions/chunk.ts';
import { type Finding, placeOf, successorOf } from '../../functions/core/comparison.ts';
import { type Envelope, encodeEnvelope } from '../../functions/core/envelope.ts';
import { LEVEL } from '../../functions/core/facets.ts';
import { interpretMessage } from '../../functions/core/interpret-message.ts';
import { KRAKEN } from '../../functions/core/kraken.ts';
import { identityOf as keyText } from '../../functions/core/state.ts';
import { deliveryId } from '../../functions/ingest/delivery-id.ts';
import { knownIn } from '../../functions/reconcile/known.ts';
import { applyThroughQueue, type Stated } from '../apply-through-queue.ts';
import { callerOf } from '../caller.ts';
import { CannotRunError } from '../failure.ts';
import { finishFirst } from '../finish.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { type Heal, identityOf } from './earlier.ts';

const HEALED_AT_ONCE = 100;

/** What to heal, and when it was compared first, in epoch milliseconds. */
export interface ToHeal {
  readonly heal: Heal;
  readonly what: Finding['what'];
  readonly comparedAt: number;
}

/** Heals what is still just as it was compared. @returns how many */
export const healAll = async (target: Target, all: readonly ToHeal[]): Promise<number> => {
  if (all.length === 0) return 0;
  const stopping = new AbortController();
  using _ = finishFirst('the current states are healed', () => stopping.abort(new CannotRunError('Interrupted.')));
  const by = await callerOf(target);
  let healed = 0;
  for (const some of chunk(all, HEALED_AT_ONCE)) {
    stopping.signal.throwIfAborted();
    const items = await stateReaderOf(target).many(some.map(({ heal }) => LEVEL.keyOf(heal)));
    const stated = some.flatMap(({ heal, what, comparedAt }): Stated[] => {
      const item = items.get(keyText({ key: LEVEL.keyOf(heal) }));
      const now = (item && knownIn(item)) ?? null;
      if (identityOf({ ...heal, ours: now }) !== identityOf(heal)) return [];
      const place = what === 'contested' && now ? successorOf(now) : placeOf(heal.heals, now, comparedAt);
      if (!place) return [];
      const bytes = bodyOf(heal);
      const decision = { ...place, by, why: `Fractal says ${heal.theirs}` };
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

/** What Fractal said: a result of Kraken, or a row of the list. */
const bodyOf = ({ user_id, level, theirs, heals }: Heal): Buffer =>
  Buffer.from(
    JSON.stringify(
      level === KRAKEN
        ? { id: user_id, status: heals }
        : { user_id, level, credential: heals, ...(theirs !== heals && { listed_as: theirs }) },
    ),
  );
