import { describe, expect, test } from '@jest/globals';
import { createApply, type Message } from '../../../functions/apply/apply.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { compareStates, type State } from '../../../functions/core/state.ts';
import { sampleOf } from '../../support/effort.ts';
import { aVerification, bytesOf } from '../../support/notifications.ts';

const NOW = Date.parse('2024-06-01T00:00:00Z');

const message = (index: number, body: string): Message => ({
  messageId: `m${index}`,
  body: encodeEnvelope({ id: `d${index}`, receivedAt: NOW, bytes: bytesOf(body) }),
});

// Six for the same item: three statuses in the same second, one half a second later, an earlier one, and a repetition.
const SIX = [
  aVerification({ user: 'u', status: 'approved', timestamp: '2024-05-01T00:00:01Z' }),
  aVerification({ user: 'u', status: 'rejected', timestamp: '2024-05-01T00:00:01Z' }),
  aVerification({ user: 'u', status: 'contacted', timestamp: '2024-05-01T02:00:01.000+02:00' }),
  aVerification({ user: 'u', status: 'approved', timestamp: '2024-05-01T00:00:01.500Z' }),
  aVerification({ user: 'u', status: 'rejected', timestamp: '2024-05-01T00:00:00.999Z' }),
  aVerification({ user: 'u', status: 'approved', timestamp: '2024-05-01T00:00:01Z' }),
].map((body, index) => message(index, body));

// The expected status after the first n of them, worked out by hand.
const ENDS_WITH = [
  ['approved', '2024-05-01T00:00:01Z'],
  ['rejected', '2024-05-01T00:00:01Z'],
  ['rejected', '2024-05-01T00:00:01Z'],
  ['approved', '2024-05-01T00:00:01.500Z'],
  ['approved', '2024-05-01T00:00:01.500Z'],
  ['approved', '2024-05-01T00:00:01.500Z'],
] as const;

function* permutations<T>(all: readonly T[]): Generator<T[]> {
  if (all.length <= 1) yield [...all];
  for (const [index, first] of all.length > 1 ? all.entries() : []) {
    for (const rest of permutations(all.toSpliced(index, 1))) yield [first, ...rest];
  }
}

/** Every way to split a list into batches. */
function* cuts<T>(all: readonly T[]): Generator<T[][]> {
  for (let mask = 0; mask < 2 ** (all.length - 1); mask += 1) {
    const batches: T[][] = [[]];
    for (const [index, one] of all.entries()) {
      batches.at(-1)?.push(one);
      if (index < all.length - 1 && mask & (1 << index)) batches.push([]);
    }
    yield batches;
  }
}

/** A table of one item that uses only the rule of the core, because a real engine would be too slow. */
const aTable = () => {
  let item: State | undefined;
  const write = async (state: State) => {
    const order = item ? compareStates(state, item) : 1;
    if (order > 0) item = state;
    const outcome = order > 0 ? ('applied' as const) : order === 0 ? ('duplicate' as const) : ('stale' as const);
    return { outcome, contested: false };
  };
  return { write, attributes: () => item?.attributes };
};

describe('every order and every split into batches', () => {
  test.each(sampleOf([1, 2, 3, 4, 5, 6], 5))('of %d notifications ends with the same item', async (size) => {
    const [status, timestamp] = ENDS_WITH[size - 1] as (typeof ENDS_WITH)[number];
    let tried = 0;
    for (const order of permutations(SIX.slice(0, size))) {
      for (const batches of cuts(order)) {
        const table = aTable();
        const { signal } = new AbortController();
        const apply = createApply({ write: table.write, describe: String, now: () => NOW });
        for (const batch of batches) await apply(batch, signal);
        const ended = table.attributes();
        if (ended?.status !== status || ended.timestamp !== timestamp) {
          throw new Error(
            `${JSON.stringify(ended)} after ${JSON.stringify(batches.map((batch) => batch.map(({ messageId }) => messageId)))}`,
          );
        }
        tried += 1;
      }
    }
    const factorial = [1, 2, 6, 24, 120, 720][size - 1] as number;
    expect(tried).toBe(factorial * 2 ** (size - 1));
  });
});
