import { strict as assert } from 'node:assert';
import { LEVEL } from '../../../functions/core/facets.ts';
import { sign } from '../../../functions/ingest/signature.ts';
import type { Claim } from '../claim.ts';

const FRACTAL = 'https://docs.developer.fractal.id/webhooks';
const WEBHOOK = 'docs/webhook.md';
const TIMESTAMP = '2020-10-09T10:50:32Z';
/** In bytes. */
const LARGEST_BODY = 128 * 1_024;

/** What the webhook answers. */
export const WEBHOOK_CLAIMS: readonly Claim[] = [
  {
    says: "Fractal's documented example is accepted, and is in the table",
    source: FRACTAL,
    show: async ({ notify, anId, until }) => {
      const started = Date.now();
      const data = { level: 'basic', user_id: anId(), timestamp: TIMESTAMP };
      const { status, answer, key } = await notify('verification_approved', data);
      const answered = Date.now() - started;
      assert.deepEqual([status, answer.status], [202, 'accepted']);
      await until(key, (item) => item?.status === 'approved' && item.timestamp === TIMESTAMP);
      return `202 after ${answered} ms, in the table after ${Date.now() - started} ms`;
    },
  },
  {
    says: 'All five types reach the table',
    source: FRACTAL,
    show: async ({ notify, anId, until }) => {
      const user_id = anId();
      const sent = [
        await notify('verification_approved', { level: 'basic', user_id, timestamp: TIMESTAMP }),
        await notify('verification_contacted', { level: 'plus', user_id, timestamp: TIMESTAMP }),
        await notify('verification_rejected', { level: 'wallet', user_id, timestamp: TIMESTAMP }),
        await notify('email_changed', { user_id, email: 'acceptance@example.com' }),
        await notify('credential_shared', { idos_human_id: anId(), credential_id: 'acceptance', shared_at: TIMESTAMP }),
      ];
      for (const { answer, key } of sent) {
        assert.equal(answer.status, 'accepted');
        await until(key, (item) => item !== undefined);
      }
      return `${sent.length} items`;
    },
  },
  {
    says: 'The same delivery twice has one id and leaves one item',
    source: 'docs/read-the-table.md',
    show: async ({ notify, anId, until }) => {
      const data = { level: 'basic', user_id: anId(), timestamp: TIMESTAMP };
      const [first, second] = [await notify('verification_approved', data), await notify('verification_approved', data)];
      assert.deepEqual([first.status, second.status], [202, 202]);
      assert.equal(first.answer.id, second.answer.id);
      await until(first.key, (item) => item?.status === 'approved');
      return `both ${first.answer.id?.slice(0, 12)}…`;
    },
  },
  {
    says: 'A request without a signature, or with a wrong one, is refused and leaves nothing',
    source: WEBHOOK,
    show: async ({ post, postUnsigned, anId, item }) => {
      const data = { level: 'basic', user_id: anId(), timestamp: TIMESTAMP };
      const body = JSON.stringify({ type: 'verification_approved', data });
      const [unsigned, wrong] = [await postUnsigned(body), await post(body, sign(Buffer.from(body), 'no token of this stack'))];
      assert.deepEqual([unsigned.status, unsigned.answer.error], [401, 'signature_missing']);
      assert.deepEqual([wrong.status, wrong.answer.error], [401, 'signature_mismatch']);
      assert.equal(await item(LEVEL.keyOf(data)), undefined);
      return '401 signature_missing, 401 signature_mismatch';
    },
  },
  {
    says: 'A body over 128 KiB gets 413',
    source: WEBHOOK,
    show: async ({ post }) => {
      const body = JSON.stringify({ type: 'verification_approved', data: 'x'.repeat(LARGEST_BODY) });
      assert.equal((await post(body)).status, 413);
      return '413';
    },
  },
  {
    says: 'Any other path gets 404',
    source: 'not documented by AWS',
    show: async ({ target }) => {
      const response = await fetch(`${target.webhookUrl}-acceptance`, { method: 'POST', body: '{}' });
      await response.arrayBuffer();
      assert.equal(response.status, 404);
      const id = response.headers.get('apigw-requestid');
      return `404${id ? `; AWS does not document whether it is logged: look for the request ${id} in the access log` : ''}`;
    },
  },
];
