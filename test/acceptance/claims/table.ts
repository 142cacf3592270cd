import { strict as assert } from 'node:assert';
import { setTimeout as wait } from 'node:timers/promises';
import type { Key } from '../../../functions/core/facets.ts';
import { mapConcurrent } from '../../../functions/map-concurrent.ts';
import type { Claim } from '../claim.ts';
import type { Subject } from '../subject.ts';

const RULE = 'docs/read-the-table.md#the-rule-of-the-table';
const BURST = 100;
const AT_ONCE = 20;
const ATTEMPTS = 30;

/** Waits until the queue has passed a notification that was sent after the others. */
const passed = async ({ notify, until }: Subject, user_id: string): Promise<void> => {
  const marker = await notify('verification_approved', { level: 'marker', user_id, timestamp: '2020-01-01T00:00:00Z' });
  await until(marker.key, (item) => item !== undefined);
};

/** What the table says after deliveries in any order and number. */
export const TABLE_CLAIMS: readonly Claim[] = [
  {
    says: 'An older notification after a newer one changes nothing',
    source: RULE,
    show: async (subject) => {
      const { notify, anId, until, item } = subject;
      const data = { level: 'basic', user_id: anId() };
      const newer = await notify('verification_approved', { ...data, timestamp: '2020-01-01T00:00:01Z' });
      await until(newer.key, (found) => found?.status === 'approved');
      const older = await notify('verification_rejected', { ...data, timestamp: '2020-01-01T00:00:00Z' });
      assert.equal(older.status, 202);
      await passed(subject, data.user_id);
      assert.equal((await item(newer.key))?.status, 'approved');
      return 'accepted, and still approved';
    },
  },
  {
    says: 'Within the same second, a rejection is kept',
    source: RULE,
    show: async (subject) => {
      const { notify, anId, until, item } = subject;
      const data = { level: 'basic', user_id: anId(), timestamp: '2020-01-01T00:00:00Z' };
      const rejected = await notify('verification_rejected', data);
      await until(rejected.key, (found) => found?.status === 'rejected');
      assert.equal((await notify('verification_approved', data)).status, 202);
      await passed(subject, data.user_id);
      assert.equal((await item(rejected.key))?.status, 'rejected');
      return 'still rejected';
    },
  },
  {
    says: 'A rejection by Kraken is kept when an approval arrives after it',
    source: 'docs/kraken.md',
    show: async (subject) => {
      const { notify, anId, until } = subject;
      const id = anId();
      const rejected = await notify('kraken', { id, status: 'rejected' });
      await until(rejected.key, (found) => found?.status === 'rejected');
      assert.equal((await notify('kraken', { id, status: 'approved' })).status, 202);
      const contested = await until(rejected.key, (found) => found?.approval_received_at !== undefined);
      assert.equal(contested?.status, 'rejected');
      return 'accepted, and still rejected';
    },
  },
  {
    says: `All of a burst of ${BURST} notifications, ${AT_ONCE} at once, are in the table`,
    source: 'README.md',
    show: async ({ notify, anId, until }) => {
      let again = 0;
      const keys: Key[] = [];
      await mapConcurrent(AT_ONCE, Array.from({ length: BURST }), async () => {
        const data = { level: 'basic', user_id: anId(), timestamp: '2020-01-01T00:00:00Z' };
        for (let attempt = 1; ; attempt += 1) {
          const { status, key } = await notify('verification_approved', data);
          if (status === 202) return void keys.push(key);
          // What Fractal does, too, if later.
          assert.ok((status === 429 || status === 503) && attempt < ATTEMPTS, `attempt ${attempt} was answered ${status}`);
          again += 1;
          await wait(1_000);
        }
      });
      for (const key of keys) await until(key, (item) => item?.status === 'approved');
      return `${keys.length} of ${BURST}; ${again} answers were 429 or 503, and were sent again`;
    },
  },
];
